/** The tasks that run while things go wrong. Most write down what they do, with their run's fence. */

import { appendFileSync, existsSync } from "node:fs";
import { currentTask, defineTask } from "skein";

function note(log: string, what: "start" | "end"): void {
  const { key, fence } = currentTask();
  // One write appended to a file is never torn.
  appendFileSync(log, `${JSON.stringify({ what, key, fence, pid: process.pid })}\n`);
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Takes `ms` and gives `value`; `inputs` are only waited for. */
export const step = defineTask(
  import.meta.url,
  "step",
  async (log: string, ms: number, value: number, ...inputs: readonly unknown[]): Promise<number> => {
    void inputs;
    note(log, "start");
    await pause(ms);
    note(log, "end");
    return value;
  },
);

/** As `step`, and gives so much that the worker keeps it. */
export const block = defineTask(
  import.meta.url,
  "block",
  async (log: string, ms: number, bytes: number, value: number): Promise<Uint8Array> => {
    note(log, "start");
    await pause(ms);
    note(log, "end");
    return new Uint8Array(bytes).fill(value);
  },
);

/** The first element, checked against the whole. */
export const first = defineTask(
  import.meta.url,
  "first",
  async (log: string, ms: number, values: Uint8Array): Promise<number> => {
    note(log, "start");
    await pause(ms);
    if (values.some((each) => each !== values[0])) throw new Error("a block has come to harm");
    note(log, "end");
    return values[0] ?? -1;
  },
);

/** Runs until the file is there. */
export const untilFile = defineTask(
  import.meta.url,
  "untilFile",
  async (log: string, file: string): Promise<number> => {
    note(log, "start");
    while (!existsSync(file)) await pause(20);
    note(log, "end");
    return 1;
  },
);

/** Ends the whole process of its worker, as a fault in native code would. */
export const poison = defineTask(import.meta.url, "poison", async (log: string): Promise<number> => {
  note(log, "start");
  process.kill(process.pid, "SIGKILL");
  await pause(60_000);
  return 0;
});

/** Takes ever more of its thread's memory. */
export const hoard = defineTask(import.meta.url, "hoard", (log: string): number => {
  note(log, "start");
  const all: string[][] = [];
  for (;;) all.push(Array.from({ length: 10_000 }, (_, i) => `${i}-${all.length}`));
});

/** Takes ever more memory that is not its thread's, and that no limit of a thread stops. */
export const hoardOutside = defineTask(
  import.meta.url,
  "hoardOutside",
  async (log: string): Promise<number> => {
    note(log, "start");
    const all: Buffer[] = [];
    for (;;) {
      all.push(Buffer.alloc(8 * 1024 * 1024, all.length + 1));
      await pause(5);
    }
  },
);
