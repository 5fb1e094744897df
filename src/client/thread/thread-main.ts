/** The program of an executor thread: the loop that runs tasks. It imports no more than that takes: it starts often. */

import { printThrough } from "../../executor/threads/printing.js";
import { threadData, type ThreadData } from "../../executor/threads/this-thread.js";
import { ThreadLoop } from "../../executor/threads/thread-loop.js";

const { port, setup } = threadData() as ThreadData;

printThrough(port);

// A promise that is rejected after its task has ended is a fault of the task, not of the thread.
process.on("unhandledRejection", (reason) => {
  process.stderr.write(
    `warn ${setup.worker}: a promise was rejected and nobody waited for it: ${String(reason)}\n`,
  );
});

new ThreadLoop(port, setup);
