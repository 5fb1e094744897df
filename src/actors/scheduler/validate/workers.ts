/** S6: what workers process. */

import { runHash } from "../../../protocol/digest.js";
import { costOf } from "../tasks/costs.js";
import { S, type SchedulerState } from "../state/state.js";
import { bit } from "../tables/task-table.js";
import { hasFlag } from "../tasks/task-facts.js";
import type { WorkerRecord } from "../state/worker-record.js";
import { broken, liveSlots } from "./broken.js";

export function validateWorkers(s: SchedulerState): void {
  const { tasks } = s;
  let listed = 0;
  for (const worker of s.workerList) {
    if (s.workers[worker.index] !== worker || s.workerOf.get(worker.peer) !== worker) {
      broken(s, `S6 worker ${worker.name} is listed under another number or incarnation`);
    }
    listed += checkList(s, worker);
  }
  for (const slot of liveSlots(s)) {
    const processing = tasks.state[slot] === S.processing;
    if (processing) listed--;
    if (processing !== tasks.worker[slot]! >= 0)
      broken(s, "S6 processing without worker, or the other way round", slot);
    if (processing && s.workers[tasks.worker[slot]!]?.registered !== true)
      broken(s, "S6 its worker is not there", slot);
  }
  if (listed !== 0) broken(s, "S6 the lists of workers are not the processing tasks");
}

function checkList(s: SchedulerState, worker: WorkerRecord): number {
  const { tasks } = s;
  let count = 0;
  let occupancy = 0;
  let started = 0;
  let lent = 0;
  let digest = 0;
  let previous = -1;
  const used = new Map<string, number>();
  const { assignments } = s;
  for (let row = worker.head; row >= 0; row = assignments.next[row]!) {
    const slot = assignments.slot[row]!;
    if (
      tasks.worker[slot] !== worker.index ||
      tasks.assignment[slot] !== row ||
      assignments.previous[row] !== previous
    ) {
      broken(s, `S6 the list of ${worker.name} is broken`, slot);
    }
    if (++count > worker.processing) broken(s, `S6 the list of ${worker.name} is too long`, slot);
    occupancy += costOf(s, slot);
    if (hasFlag(s, slot, bit.seceded)) lent++;
    if (hasFlag(s, slot, bit.started)) started++;
    digest = (digest ^ runHash(tasks.run[slot]!)) >>> 0;
    for (const [name, amount] of s.constraints[tasks.constraint[slot]!]!.resources) {
      used.set(name, (used.get(name) ?? 0) + amount);
    }
    previous = row;
  }
  for (const twin of s.twins.values()) {
    if (twin.worker === worker) digest = (digest ^ runHash(twin.run)) >>> 0;
  }
  if (previous !== worker.tail || count !== worker.processing)
    broken(s, `S6 ${worker.name} processes ${count}`);
  if (started !== worker.started)
    broken(s, `S6 ${worker.name} has started ${started}, not ${worker.started}`);
  if (lent !== worker.lentSlots) broken(s, `S6 ${worker.name} lends ${lent} slots, not ${worker.lentSlots}`);
  if (digest !== worker.runDigest) broken(s, `S6 the digest of runs of ${worker.name} is wrong`);
  if (Math.abs(occupancy - worker.occupancyMs) > 1e-3 * Math.max(1, occupancy)) {
    broken(s, `S6 ${worker.name} is occupied ${occupancy} ms, not ${worker.occupancyMs}`);
  }
  for (const [name, amount] of used) {
    const left = (worker.resources[name] ?? 0) - amount;
    if (Math.abs((worker.available.get(name) ?? 0) - left) > 1e-9) {
      broken(s, `S6 ${worker.name} has ${left} of ${name} left, not ${worker.available.get(name)}`);
    }
  }
  return count;
}
