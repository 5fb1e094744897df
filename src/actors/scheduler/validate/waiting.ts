/** S11, S12: nothing that could go on is forgotten. */

import { hasRoomFor } from "../tasks/costs.js";
import { S, type SchedulerState } from "../state/state.js";
import { bit } from "../tables/task-table.js";
import { hasFlag } from "../tasks/task-facts.js";
import { broken, liveSlots } from "./broken.js";

export function validateWaiting(s: SchedulerState): void {
  const { tasks } = s;
  const queued = queuedSlots(s);
  const held = new Set<number>();
  for (const { kind, slot, stamp } of s.timers.all())
    if (kind === "retry" && s.isSame(slot, stamp)) held.add(slot);
  const parked = new Set<number>();
  for (const constraint of s.constraints)
    addPairs(s, constraint?.parked.items, constraint?.parked.length, parked);
  for (const slot of liveSlots(s)) {
    const state = tasks.state[slot]!;
    if (state === S.waiting && hasFlag(s, slot, bit.held)) {
      if (!held.has(slot)) broken(s, "S11 it waits for a retry that will not come", slot);
    } else if (state === S.waiting && tasks.waitingFor[slot] === 0)
      broken(s, "S11 it is ready and nowhere", slot);
    else if (state === S.queued && !queued.has(slot)) broken(s, "S11 it is queued nowhere", slot);
    else if (state === S.noWorker && !parked.has(slot)) broken(s, "S11 it waits for a worker unheard", slot);
  }
  checkConserving(s);
}

function queuedSlots(s: SchedulerState): ReadonlySet<number> {
  const queued = new Set<number>();
  for (const constraint of s.constraints)
    for (const slot of constraint?.queue.slots() ?? []) queued.add(slot);
  for (const worker of s.workerList) {
    const { reserved, reservedAt } = worker;
    for (let i = reservedAt; i < reserved.length; i += 2) {
      const slot = reserved.items[i]!;
      if (s.isSame(slot, reserved.items[i + 1]! >>> 0) && hasFlag(s, slot, bit.reserved)) queued.add(slot);
    }
  }
  addPairs(s, s.suspects.items, s.suspects.length, queued);
  return queued;
}

function addPairs(
  s: SchedulerState,
  items: Int32Array | undefined,
  length: number | undefined,
  to: Set<number>,
): void {
  for (let i = 0; i < (length ?? 0); i += 2)
    if (s.isSame(items![i]!, items![i + 1]! >>> 0)) to.add(items![i]!);
}

function checkConserving(s: SchedulerState): void {
  if (s.life.recovering) return;
  const first = s.queue.peek();
  if (first < 0) return;
  const idle = s.workerList.find((worker) => worker.usable && hasRoomFor(s, worker, first));
  if (idle !== undefined) broken(s, `S12 ${idle.name} has room for it`, first);
}
