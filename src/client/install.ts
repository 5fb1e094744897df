/**
 * Makes `lazy.compute()` and its like reach the schedulers, and gives these their names. Loaded for that effect by the
 * public face.
 */

import { installRunner } from "../collections/runner.js";
import { compute } from "./compute.js";
import { syncRunner } from "../executor/sync/sync-runner.js";
import { installThreadClient } from "../executor/threads/task-client.js";
import { busRunner } from "./bus/bus-runner.js";
import { connectClient } from "./bus/connect-client.js";
import { installConnector } from "./cluster/connector.js";
import { persist } from "./persist.js";
import { session } from "./session.js";
import { threadsRunner } from "./threads.js";
import { makeClientOfTasks } from "./thread/thread-client.js";
import { visualize } from "./visualize.js";

installRunner({
  compute: <T>(...args: Parameters<typeof compute>) => compute(...args) as Promise<T>,
  persist: (what, options) => persist(what, options),
  visualize: (what, file) => visualize(what, file),
});

installThreadClient(makeClientOfTasks);
installConnector(connectClient);

for (const runner of [syncRunner, threadsRunner, busRunner]) session.runners.set(runner.name, runner);
