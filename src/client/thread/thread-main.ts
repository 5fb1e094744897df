/** The program of an executor thread: the loop that runs tasks, and the client that tasks of this thread share. */

import { workerData } from "node:worker_threads";
import type { MessagePort } from "node:worker_threads";
import { currentTaskOrNone } from "../../executor/current-task.js";
import type { ThreadSetup } from "../../executor/threads/messages.js";
import { ThreadLoop } from "../../executor/threads/thread-loop.js";
import { Client } from "../cluster/client.js";
import "../install.js";

const { port, setup } = workerData as { readonly port: MessagePort; readonly setup: ThreadSetup };

// A promise that is rejected after its task has ended is a fault of the task, not of the thread.
process.on("unhandledRejection", (reason) => {
  process.stderr.write(
    `warn ${setup.worker}: a promise was rejected and nobody waited for it: ${String(reason)}\n`,
  );
});

let client: Client | undefined;

new ThreadLoop(port, setup, {
  open(tell) {
    client ??= new Client(
      setup.worker,
      { tell, close: () => Promise.resolve() },
      {
        // A task that waits for tasks gives up its place to them: else they could wait for each other for ever.
        onWait: () => currentTaskOrNone()?.secede(),
        parent: () => currentTaskOrNone()?.key,
      },
    );
    return client;
  },
  hear: (news) => client?.hands.perform(news),
});
