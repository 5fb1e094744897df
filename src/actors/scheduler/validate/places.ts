/** S7: where values are. */

import { runHash } from "../../../protocol/digest.js";
import { holdersOf } from "../tasks/locations.js";
import { S, type SchedulerState } from "../state/state.js";
import { isInline } from "../tasks/task-facts.js";
import { broken, liveSlots } from "./broken.js";

export function validatePlaces(s: SchedulerState): void {
  const { tasks } = s;
  const values = new Map(s.workerList.map((worker) => [worker, { count: 0, bytes: 0, digest: 0 }]));
  for (const slot of liveSlots(s)) {
    const holders = holdersOf(s, slot);
    if (tasks.state[slot] === S.memory) {
      if (!isInline(s, slot) && holders.length === 0) broken(s, "S7 its value is nowhere", slot);
      if (isInline(s, slot) && holders.length > 0) broken(s, "S7 its value is inline and on workers", slot);
    } else if (holders.length > 0 || tasks.inline[slot]! >= 0)
      broken(s, "S7 it has a value and is not in memory", slot);
    if (new Set(holders).size < holders.length) broken(s, "S7 a holder is named twice", slot);
    for (const holder of holders) {
      const sum = values.get(holder);
      if (sum === undefined) broken(s, "S7 its value is on a worker that is gone", slot);
      sum.count++;
      sum.bytes += tasks.nbytes[slot]!;
      sum.digest = (sum.digest ^ runHash(tasks.run[slot]!)) >>> 0;
    }
  }
  for (const [worker, { count, bytes, digest }] of values) {
    if (count !== worker.values || bytes !== worker.valueBytes || digest !== worker.valueDigest) {
      broken(s, `S7 the values of ${worker.name} are counted wrong: ${count}, not ${worker.values}`);
    }
  }
  for (const [slot, others] of s.copies) {
    if (tasks.state[slot] !== S.memory || others.length === 0) broken(s, "S7 copies of nothing", slot);
  }
}
