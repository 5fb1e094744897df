/** Everything decided since the last drain, as messages: at most one of a kind for each peer. */

import { pageRows } from "../../../protocol/limits.js";
import type { SchedulerToWorker } from "../../../protocol/messages.js";
import { matches } from "../state/events.js";
import { runMessage } from "../placing/run-message.js";
import type { SchedulerState } from "../state/state.js";
import { statusMessages } from "../tasks/status-message.js";
import type { SchedulerInstruction } from "../stimuli.js";
import type { WorkerRecord } from "../state/worker-record.js";

export function drain(s: SchedulerState): SchedulerInstruction[] {
  forgetFunctions(s);
  for (const worker of s.workerList) drainWorker(s, worker);
  const notices = s.events.take();
  for (const client of s.clientOf.values()) {
    for (const message of statusMessages(s, client)) {
      client.sentSinceBeat = true;
      s.out.push({ type: "send", to: client.peer, message });
    }
    if (client.patterns.size === 0) continue;
    for (const message of notices) {
      for (const pattern of client.patterns) {
        if (!matches(pattern, message.topic)) continue;
        s.out.push({ type: "send", to: client.peer, message });
        break;
      }
    }
  }
  const { out } = s;
  s.out = [];
  return out;
}

/** Numbers of functions that nothing uses any more may come to stand for others. */
function forgetFunctions(s: SchedulerState): void {
  const { freed } = s.functions;
  if (freed.length === 0) return;
  for (const worker of s.workerList) for (const number of freed) worker.knownFunctions[number] = 0;
  s.functions.freed = [];
}

function drainWorker(s: SchedulerState, worker: WorkerRecord): void {
  const send = (message: SchedulerToWorker): void => {
    worker.sentSinceBeat = true;
    s.out.push({ type: "send", to: worker.peer, message });
  };
  if (worker.cancels.length > 0) {
    send({ kind: "cancelRuns", runs: Float64Array.from(worker.cancels), why: "cancel" });
    worker.cancels = [];
  }
  if (worker.steals.length > 0) {
    send({ kind: "cancelRuns", runs: Float64Array.from(worker.steals), why: "steal" });
    worker.steals = [];
  }
  const run = runMessage(s, worker);
  if (run !== undefined) send(run);
  if (worker.replicates.length > 0) {
    send({ kind: "replicate", values: worker.replicates });
    worker.replicates = [];
  }
  const { frees } = worker;
  for (let from = 0; from < frees.length; from += pageRows) {
    send({ kind: "free", runs: Float64Array.from(frees.slice(from, from + pageRows)) });
  }
  if (frees.length > 0) worker.frees = [];
}
