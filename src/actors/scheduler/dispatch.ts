/** Which function answers which stimulus and message. */

import type { ClientToScheduler, WorkerToScheduler } from "../../protocol/messages.js";
import { takeCancel } from "./tasks/cancel.js";
import type { ClientRecord } from "./state/client-record.js";
import {
  addClient,
  clientBeat,
  clientReset,
  removeClient,
  takeKeep,
  takeRelease,
  takeUnavailable,
  takeWant,
} from "./clients/clients.js";
import { extendDeadlines } from "./housekeeping.js";
import { takeFailed } from "./outcomes/failure.js";
import { takeDone } from "./outcomes/finish.js";
import { takeScatter } from "./graphs/given.js";
import {
  takeCopies,
  takeHandedBack,
  takeMissing,
  takeProgressed,
  takeSeceded,
  takeStarted,
} from "./workers/reports.js";
import { takeQuery } from "./clients/queries.js";
import { takeRegister } from "./workers/register.js";
import { takeRetry } from "./clients/retry.js";
import { runEverywhere, takeRanOnWorker } from "./workers/run-everywhere.js";
import type { SchedulerState } from "./state/state.js";
import type { SchedulerStimulus } from "./stimuli.js";
import { takeSubmit } from "./graphs/submit.js";
import type { WorkerRecord } from "./state/worker-record.js";
import { addWorker, removeWorker, takeBeat, takeLeave, workerReset } from "./workers/workers.js";

export function dispatch(s: SchedulerState, stimulus: Exclude<SchedulerStimulus, { type: "tick" }>): void {
  switch (stimulus.type) {
    case "message":
      return message(s, stimulus.from, stimulus.message);
    case "peerUp":
      if (stimulus.hello.role === "worker") addWorker(s, stimulus.peer, stimulus.hello.name);
      if (stimulus.hello.role === "client") addClient(s, stimulus.peer, stimulus.hello.name);
      return;
    case "peerLost":
      return lost(s, stimulus.peer, stimulus.why);
    case "linkReset": {
      const worker = s.workerOf.get(stimulus.peer);
      if (worker !== undefined) workerReset(s, worker);
      const client = s.clientOf.get(stimulus.peer);
      if (client !== undefined) clientReset(s, client);
      return;
    }
    case "stalled":
      s.events.tell("scheduler.stalled", { ms: Math.round(stimulus.ms) });
      return extendDeadlines(s, stimulus.ms);
    case "busDown":
      s.busDown = true;
      return;
    case "busUp":
      s.busDown = false;
      return extendDeadlines(s, Infinity);
    case "stale":
      // Another leads: whatever this one would still say is void.
      s.life.on("STALE");
      return;
    case "linkFull":
    case "linkDrained": {
      const worker = s.workerOf.get(stimulus.peer);
      if (worker !== undefined) worker.full = stimulus.type === "linkFull";
      if (stimulus.type === "linkDrained") s.dealAll = true;
      return;
    }
  }
}

function lost(s: SchedulerState, peer: string, why: string): void {
  const worker = s.workerOf.get(peer);
  if (worker !== undefined) removeWorker(s, worker, why);
  const client = s.clientOf.get(peer);
  if (client !== undefined) removeClient(s, client);
}

function message(s: SchedulerState, from: string, body: ClientToScheduler | WorkerToScheduler): void {
  const worker = s.workerOf.get(from);
  if (worker !== undefined) {
    worker.heardAtMs = s.nowMs;
    if (worker.suspect) {
      worker.suspect = false;
      s.dealAll = true;
    }
    return fromWorker(s, worker, body as WorkerToScheduler);
  }
  const client = s.clientOf.get(from);
  // What comes from nobody known is from an incarnation that was declared dead.
  if (client === undefined) return;
  client.heardAtMs = s.nowMs;
  return fromClient(s, client, body as ClientToScheduler);
}

function fromWorker(s: SchedulerState, worker: WorkerRecord, body: WorkerToScheduler): void {
  switch (body.kind) {
    case "done":
      return takeDone(s, worker, body);
    case "beat":
      return takeBeat(s, worker, body);
    case "failed":
      return takeFailed(s, worker, body);
    case "started":
      return takeStarted(s, worker, body);
    case "progressed":
      return takeProgressed(s, worker, body);
    case "seceded":
      return takeSeceded(s, worker, body);
    case "missing":
      return takeMissing(s, worker, body);
    case "handedBack":
      return takeHandedBack(s, worker, body);
    case "copies":
      return takeCopies(s, worker, body);
    case "register":
      return takeRegister(s, worker, body);
    case "ranOnWorker":
      return takeRanOnWorker(s, worker, body);
    case "leave":
      return takeLeave(s, worker, body.reason);
    case "bye":
      return removeWorker(s, worker, "bye");
    case "hello":
      return;
  }
}

function fromClient(s: SchedulerState, client: ClientRecord, body: ClientToScheduler): void {
  switch (body.kind) {
    case "submit":
      return takeSubmit(s, client, body);
    case "release":
      return takeRelease(s, client, body);
    case "keep":
      return takeKeep(s, client, body);
    case "want":
      return takeWant(s, client, body);
    case "cancel":
      return takeCancel(s, client, body);
    case "retry":
      return takeRetry(s, client, body);
    case "scatter":
      return takeScatter(s, client, body);
    case "unavailable":
      return takeUnavailable(s, client, body);
    case "query":
      return takeQuery(s, client, body);
    case "runEverywhere":
      return runEverywhere(s, client, body);
    case "clientBeat":
      return clientBeat(s, client, body);
    case "bye":
      return removeClient(s, client);
    case "hello":
      return;
  }
}
