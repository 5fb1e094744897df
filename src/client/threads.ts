/**
 * The `threads` scheduler: all cores of this machine, through the engine that also runs on a cluster. Its cluster is
 * started when it is first needed, shared by all computations of the process, and ends with it: nothing of it keeps
 * a finished script alive. A task that computes does so on the cluster that runs it.
 */

import { availableParallelism } from "node:os";
import { InvalidArgumentError } from "../errors.js";
import { currentTaskOrNone } from "../executor/current-task.js";
import type { GraphRunner, RunnerOwner, RunOptions } from "../executor/graph-runner.js";
import { threadData } from "../executor/threads/this-thread.js";
import { LocalCluster } from "./cluster/local-cluster.js";
import { session } from "./session.js";

export const threadsRunner: GraphRunner = {
  name: "threads",
  async run(graph, keys, options) {
    return (await threadsOf(options)).run(graph, keys, options);
  },
  started: threadsOf,
};

async function threadsOf({ concurrency }: Pick<RunOptions, "concurrency">): Promise<GraphRunner> {
  const owner = threadData() === undefined ? await sharedClient(concurrency) : clientOfTask();
  return owner.graphRunner;
}

/** @throws InvalidArgumentError when a module that is loaded for its tasks computes: each thread would start more. */
function clientOfTask(): RunnerOwner {
  const task = currentTaskOrNone();
  if (task !== undefined) return task.client();
  throw new InvalidArgumentError(
    "compute",
    "a module computes in a thread that has loaded it for its tasks",
    "Put the tasks into a module of their own, which computes nothing by itself.",
  );
}

/** One cluster for each number of tasks at once that is asked for; nearly always that is one. */
function sharedClient(concurrency: number): Promise<RunnerOwner> {
  let client = session.threads.get(concurrency);
  if (client === undefined) {
    client = start(concurrency);
    session.threads.set(concurrency, client);
  }
  return client;
}

async function start(concurrency: number): Promise<RunnerOwner> {
  const cluster = await LocalCluster.start({ workers: availableParallelism(), concurrency });
  return cluster.connect();
}
