/** Looks for a cycle among tasks that were just defined, when their order is not one that fits their edges. */

import type { SchedulerState } from "../state/state.js";
import type { IntList } from "../tables/int-list.js";

/** The keys of a cycle, the first one repeated last; undefined when there is none. Costs a walk over all edges. */
export function cycleAmong(s: SchedulerState, created: IntList): string[] | undefined {
  const { tasks, edges } = s;
  /** For each task how many of its edges have been followed; absent: not visited, or done when in `done`. */
  const followed = new Map<number, number>();
  const done = new Set<number>();
  const isCreated = new Set<number>();
  for (let i = 0; i < created.length; i++) isCreated.add(created.items[i]!);
  for (const root of isCreated) {
    if (done.has(root)) continue;
    const path = [root];
    followed.set(root, 0);
    while (path.length > 0) {
      const slot = path[path.length - 1]!;
      const at = followed.get(slot)!;
      if (at === tasks.edgeCount[slot]) {
        done.add(slot);
        followed.delete(slot);
        path.pop();
        continue;
      }
      followed.set(slot, at + 1);
      const input = edges.to[tasks.edgeStart[slot]! + at]!;
      if (followed.has(input)) {
        const cycle = path.slice(path.indexOf(input));
        return [...cycle, input].map((each) => tasks.keys[each]!);
      }
      if (isCreated.has(input) && !done.has(input)) {
        followed.set(input, 0);
        path.push(input);
      }
    }
  }
  return undefined;
}
