/** Tasks without definition: values that were scattered, or that a worker offers under a key. */

import { keyPlace } from "../../../protocol/digest.js";
import type { Scatter } from "../../../protocol/messages.js";
import type { ClientRecord } from "../state/client-record.js";
import { finish } from "../outcomes/finish.js";
import { addHolder } from "../tasks/locations.js";
import { E, S, type SchedulerState } from "../state/state.js";
import { step } from "../tasks/step.js";
import { bit } from "../tables/task-table.js";
import { addWant, untell } from "../tasks/wants.js";
import { wantUnknown } from "../tasks/unknown.js";
import type { WorkerRecord } from "../state/worker-record.js";

/** A task that is nothing but its value, which is still to come; released. */
export function addGiven(s: SchedulerState, key: string): number {
  const { tasks } = s;
  const hash = keyPlace(key);
  const slot = tasks.add(key, hash);
  s.keys.add(slot, hash);
  s.counts[S.released]!++;
  tasks.flags[slot] = bit.given | bit.pure;
  tasks.batch[slot] = -1;
  tasks.fn[slot] = -1;
  tasks.argLength[slot] = 0;
  tasks.constraint[slot] = 0;
  tasks.edgeCount[slot] = 0;
  tasks.dataCount[slot] = 0;
  tasks.priority[slot] = s.nextPriority;
  tasks.user[slot] = 0;
  const prefix = s.prefixes.of(key);
  tasks.prefix[slot] = prefix;
  s.prefixes.use(prefix);
  return slot;
}

/** A client has put a value on workers, or sends it along. Under a key that has a value, that one stays. */
export function takeScatter(s: SchedulerState, client: ClientRecord, message: Scatter): void {
  const { key, nbytes, inline, run } = message;
  const holders = message.holders.flatMap((peer) => s.findWorker(peer) ?? []);
  s.reservations.delete(run);
  const known = s.slotOf(key);
  // Its worker offers it when it registers.
  if (known < 0 && inline === undefined && s.life.recovering) return wantUnknown(s, client, key);
  if (known >= 0 && run > 0 && s.tasks.run[known] === run && s.tasks.state[known] === S.memory) {
    // Said again after a link's reset.
    addWant(s, known, client.index);
    return;
  }
  const slot = known >= 0 ? known : addGiven(s, key);
  if (s.tasks.state[slot] === S.erred) unsettle(s, slot);
  if (s.tasks.state[slot] !== S.released || (inline === undefined && holders.length === 0)) {
    freeOn(holders, run);
    addWant(s, slot, client.index);
    return;
  }
  s.tasks.nbytes[slot] = nbytes;
  s.tasks.run[slot] = run > 0 ? run : s.newRun();
  s.runs.set(s.tasks.run[slot]!, slot);
  if (inline !== undefined && inline.length > 0) s.tasks.inline[slot] = s.inline.keep(inline.slice());
  else for (const holder of holders) addHolder(s, slot, holder);
  finish(s, slot);
  addWant(s, slot, client.index);
}

/** The task is erred, and is to have a value after all. What failed with it stays so until it is retried. */
export function unsettle(s: SchedulerState, slot: number): void {
  step(s, slot, E.RETRIED);
  s.errors.delete(slot);
  untell(s, slot);
}

function freeOn(holders: readonly WorkerRecord[], run: number): void {
  for (const holder of holders) holder.frees.push(run);
}
