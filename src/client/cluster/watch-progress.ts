/** How far a graph is, asked of the scheduler from time to time. */

import type { ProgressEvent } from "../../executor/graph-runner.js";
import type { Client } from "./client.js";

const everyMs = 100;

/** Tells `listener` at the start, while it runs, and at the end. */
export function watchProgress(
  client: Client,
  graphId: string,
  total: number,
  listener: (event: ProgressEvent) => void,
): { stop(): void } {
  const startedAt = performance.now();
  const tell = (done: number, running: number): void => {
    listener({
      done,
      total,
      running,
      tasks: [],
      latest: undefined,
      elapsedMs: performance.now() - startedAt,
    });
  };
  let over = false;
  tell(0, 0);
  const ask = async (): Promise<void> => {
    const found = (await client.query({ type: "progress", graphId })) as {
      readonly done: number;
      readonly running: number;
    };
    if (!over) tell(Math.min(found.done, total), found.running);
  };
  const timer = setInterval(() => void ask().catch(() => undefined), everyMs);
  return {
    stop(): void {
      over = true;
      clearInterval(timer);
      tell(total, 0);
    },
  };
}
