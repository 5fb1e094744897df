/** How far a graph is, asked of the scheduler from time to time. */

import type { ProgressEvent, RunningTask } from "../../executor/graph-runner.js";
import type { Connection } from "./connection.js";

/** What the scheduler says of a graph. */
interface Found {
  readonly done: number;
  readonly running: number;
  readonly tasks: readonly RunningTask[];
}

/** The first questions follow quickly, so that short computations show something too. */
const soonestMs = 10;
const everyMs = 100;

/** Tells `listener` at the start, while it runs, and at the end. */
export function watchProgress(
  client: Connection,
  graphId: string,
  total: number,
  listener: (event: ProgressEvent) => void,
): { stop(succeeded: boolean): void } {
  const startedAt = performance.now();
  let last: Found = { done: 0, running: 0, tasks: [] };
  let over = false;
  let timer: NodeJS.Timeout | undefined;
  const tell = (found: Found): void => {
    last = found;
    const { done, running, tasks } = found;
    listener({ done, total, running, tasks, latest: undefined, elapsedMs: performance.now() - startedAt });
  };
  const ask = async (waitedMs: number): Promise<void> => {
    const found = (await client.query({ type: "progress", graphId })) as Found;
    if (over) return;
    // Its tasks may be gone before the last result is here.
    tell({ ...found, done: Math.max(last.done, Math.min(found.done, total)) });
    later(Math.min(everyMs, 2 * waitedMs));
  };
  const later = (waitMs: number): void => {
    timer = setTimeout(() => void ask(waitMs).catch(() => undefined), waitMs);
  };
  tell(last);
  later(soonestMs);
  return {
    stop(succeeded) {
      over = true;
      clearTimeout(timer);
      tell({ ...last, done: succeeded ? total : last.done, running: 0, tasks: [] });
    },
  };
}
