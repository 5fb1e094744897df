/** The program of an executor thread: the loop that runs tasks. It imports no more than that takes: it starts often. */

import { workerData } from "node:worker_threads";
import type { MessagePort } from "node:worker_threads";
import type { ThreadSetup } from "../../executor/threads/messages.js";
import { printThrough } from "../../executor/threads/printing.js";
import { ThreadLoop } from "../../executor/threads/thread-loop.js";

const { port, setup } = workerData as { readonly port: MessagePort; readonly setup: ThreadSetup };

printThrough(port);

// A promise that is rejected after its task has ended is a fault of the task, not of the thread.
process.on("unhandledRejection", (reason) => {
  process.stderr.write(
    `warn ${setup.worker}: a promise was rejected and nobody waited for it: ${String(reason)}\n`,
  );
});

new ThreadLoop(port, setup);
