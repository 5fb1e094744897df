/** What is done by the clock: retries and waits that are due, signs of life, balance, copies, tidying up. */

import { removeClient } from "./clients/clients.js";
import type { Constraint } from "./state/constraint.js";
import { readDesiredWorkers } from "./placing/adaptive.js";
import { noWorkerCame, retryDue } from "./outcomes/failure.js";
import { parkUnservable } from "./placing/placement.js";
import { manageReplicas } from "./placing/replicas.js";
import { S, type SchedulerState } from "./state/state.js";
import { balance, speculate } from "./placing/steal.js";
import { addGiven } from "./graphs/given.js";
import { retryEarlyGraphs, settleEarlyGraphs } from "./graphs/submit.js";
import { tellLost } from "./tasks/unknown.js";
import { addWant } from "./tasks/wants.js";
import { removeWorker } from "./workers/workers.js";
import { returnReserved } from "./placing/deal.js";

/** Arguments are copied together when fewer than this part of a part's tasks are left, and it was large. */
const packBelow = 1 / 8;
const packFromBytes = 64 * 1024;

/** The first stimulus says what time it is. */
export function startClock(s: SchedulerState): void {
  s.houseAtMs = s.nowMs + s.config.heartbeatIntervalMs;
  s.replicasAtMs = s.nowMs + s.config.replicaIntervalMs;
  if (s.life.recovering) s.recovery.untilMs = s.nowMs + s.config.graceMs;
}

export function nextTimer(s: SchedulerState): number {
  return Math.min(s.timers.nextMs, s.houseAtMs, s.replicasAtMs, s.stealAtMs, s.recovery.untilMs);
}

export function tick(s: SchedulerState): void {
  const now = s.nowMs;
  for (let timer = s.timers.due(now); timer !== undefined; timer = s.timers.due(now)) {
    if (!s.isSame(timer.slot, timer.stamp)) continue;
    if (timer.kind === "retry") retryDue(s, timer.slot);
    else noWorkerCame(s, timer.slot);
  }
  if (now >= s.recovery.untilMs) endRecovery(s);
  if (now >= s.houseAtMs) {
    s.houseAtMs = now + s.config.heartbeatIntervalMs;
    if (!s.busDown) watchPeers(s);
    tidy(s);
    readDesiredWorkers(s);
  }
  if (now >= s.replicasAtMs) {
    s.replicasAtMs = now + s.config.replicaIntervalMs;
    manageReplicas(s);
  }
  if (now >= s.stealAtMs) {
    const moved = balance(s);
    if (s.config.speculate) speculate(s);
    const { stealIntervalMinMs, stealIntervalMaxMs } = s.config;
    s.stealIntervalMs = moved > 0 ? stealIntervalMinMs : Math.min(stealIntervalMaxMs, s.stealIntervalMs * 2);
    s.stealAtMs = Infinity;
  }
}

/** Balance is looked after only while something could be out of balance. */
export function armBalance(s: SchedulerState): void {
  if (s.stealAtMs !== Infinity || s.workerList.length < 2 || s.counts[S.processing] === 0) return;
  if (s.config.stealing || s.config.speculate) s.stealAtMs = s.nowMs + s.stealIntervalMs;
}

/** Own standstill is no silence of others. `Infinity`: all begin to be waited for anew. */
export function extendDeadlines(s: SchedulerState, ms: number): void {
  for (const peer of [...s.workerList, ...s.clientOf.values()]) {
    peer.heardAtMs = Math.min(s.nowMs, peer.heardAtMs + ms);
  }
}

function watchPeers(s: SchedulerState): void {
  const { suspectAfterMs, deadAfterMs, clientGoneMs } = s.config;
  for (const worker of s.workerList.slice()) {
    const silentMs = s.nowMs - worker.heardAtMs;
    if (silentMs >= deadAfterMs) {
      removeWorker(s, worker, "silent");
      s.out.push({ type: "forget", peer: worker.peer, why: "silent" });
    } else if (silentMs >= suspectAfterMs && !worker.suspect) {
      worker.suspect = true;
      returnReserved(s, worker);
    }
  }
  for (const client of s.clientOf.values()) {
    if (s.nowMs - client.heardAtMs < clientGoneMs) continue;
    removeClient(s, client);
    s.out.push({ type: "forget", peer: client.peer, why: "silent" });
  }
}

/** The grace after a take-over is over: what was not said by now is not waited for any more. */
function endRecovery(s: SchedulerState): void {
  const { recovery } = s;
  retryEarlyGraphs(s);
  s.life.on("GRACE_OVER");
  recovery.untilMs = Infinity;
  settleEarlyGraphs(s);
  settleEarlyWants(s);
  parkUnservable(s);
  s.dealAll = true;
  s.lettingGo = true;
}

/** A wanted value that a worker holds is there, though nobody says what it was made of: it may have been scattered. */
function settleEarlyWants(s: SchedulerState): void {
  const { wants, values } = s.recovery;
  for (const [key, clients] of wants) {
    const known = s.slotOf(key);
    const slot = known < 0 && clients.size > 0 && values.has(key) ? addGiven(s, key) : known;
    for (const client of clients) {
      if (slot >= 0) addWant(s, slot, client.index);
      else tellLost(client, key);
    }
  }
  wants.clear();
}

/** Frees what nobody asked for. After the graphs that came last have asked for theirs. */
export function letGoOfOffers(s: SchedulerState): void {
  if (!s.lettingGo) return;
  s.lettingGo = false;
  for (const offers of s.recovery.values.values())
    for (const { worker, run } of offers) worker.frees.push(run);
  for (const offers of s.recovery.runs.values())
    for (const { worker, run } of offers) worker.cancels.push(run);
  s.recovery.values.clear();
  s.recovery.runs.clear();
}

function tidy(s: SchedulerState): void {
  for (const [run, untilMs] of s.reservations) if (s.nowMs >= untilMs) s.reservations.delete(run);
  const queued = s.counts[S.queued]!;
  for (const constraint of s.constraints) {
    constraint?.queue.sweep(queued);
    if (constraint !== undefined) sweepParked(s, constraint);
  }
  packArguments(s);
}

/** Tasks that are no longer parked must not pile up while nobody comes who may run them. */
function sweepParked(s: SchedulerState, { parked }: Constraint): void {
  if (parked.length <= 4 * s.counts[S.noWorker]! + 64) return;
  let kept = 0;
  const seen = new Set<number>();
  for (let i = 0; i < parked.length; i += 2) {
    const slot = parked.items[i]!;
    const stamp = parked.items[i + 1]!;
    if (!s.isSame(slot, stamp >>> 0) || s.tasks.state[slot] !== S.noWorker || seen.has(slot)) continue;
    seen.add(slot);
    parked.items[kept++] = slot;
    parked.items[kept++] = stamp;
  }
  parked.length = kept;
}

/** Few tasks must not keep the arguments of many. */
function packArguments(s: SchedulerState): void {
  const loose = new Set<number>();
  for (const [number, batch] of s.batches.entries()) {
    if (batch === undefined || batch.args.length < packFromBytes) continue;
    if (batch.live < batch.packedAt * packBelow) loose.add(number);
  }
  if (loose.size === 0) return;
  const { tasks } = s;
  const kept = new Map<number, number[]>();
  for (let slot = 0; slot < tasks.size; slot++) {
    const number = tasks.batch[slot]!;
    if (tasks.state[slot] === S.forgotten || !loose.has(number)) continue;
    const slots = kept.get(number);
    if (slots === undefined) kept.set(number, [slot]);
    else slots.push(slot);
  }
  for (const [number, slots] of kept) {
    const batch = s.batches[number]!;
    const packed = new Uint8Array(slots.reduce((sum, slot) => sum + tasks.argLength[slot]!, 0));
    let at = 0;
    for (const slot of slots) {
      const start = tasks.argStart[slot]!;
      packed.set(batch.args.subarray(start, start + tasks.argLength[slot]!), at);
      tasks.argStart[slot] = at;
      at += tasks.argLength[slot]!;
    }
    batch.args = packed;
    batch.packedAt = batch.live;
  }
}
