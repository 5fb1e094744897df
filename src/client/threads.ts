/**
 * The `threads` scheduler: all cores of this machine, through the engine that also runs on a cluster. Its cluster is
 * started when it is first needed, shared by all computations of the process, and ends with it: nothing of it keeps
 * a finished script alive. A task that computes does so on the cluster that runs it.
 */

import { availableParallelism } from "node:os";
import { currentTaskOrNone } from "../executor/current-task.js";
import type { GraphRunner, RunnerOwner, RunOptions } from "../executor/graph-runner.js";
import { threadData } from "../executor/threads/this-thread.js";
import { LocalCluster } from "./cluster/local-cluster.js";
import { session } from "./session.js";
import { refuseWhileLoading } from "./thread/loading-module.js";

export const threadsRunner: GraphRunner = {
  name: "threads",
  async run(graph, keys, options) {
    return (await threadsOf(options)).run(graph, keys, options);
  },
  started: threadsOf,
};

type Size = Pick<RunOptions, "workers" | "concurrency">;

async function threadsOf(size: Size): Promise<GraphRunner> {
  refuseWhileLoading("compute", "computes");
  const task = threadData() === undefined ? undefined : currentTaskOrNone();
  const owner = task === undefined ? await sharedClient(size) : task.client();
  return owner.graphRunner;
}

/** One cluster for each size that is asked for; nearly always that is one. */
function sharedClient({ workers, concurrency }: Size): Promise<RunnerOwner> {
  const size = `${workers}/${concurrency}`;
  let client = session.threads.get(size);
  if (client === undefined) {
    client = start({ workers, concurrency });
    session.threads.set(size, client);
  }
  return client;
}

async function start({ workers, concurrency }: Size): Promise<RunnerOwner> {
  const cluster = await LocalCluster.start({ workers: workers || availableParallelism(), concurrency });
  return cluster.connect();
}
