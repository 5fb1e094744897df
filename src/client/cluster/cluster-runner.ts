/** Computing whole graphs on a client's cluster: the scheduler that `compute` sees. */

import { uniqueId } from "../../collections/unique.js";
import { CancelledError, DuplicateKeyError, TaskErredError } from "../../errors.js";
import type { GraphRunner, RunOptions } from "../../executor/graph-runner.js";
import { External } from "../../graph/external.js";
import type { Graph } from "../../graph/graph.js";
import type { Connection } from "./connection.js";
import { valuesOfKeys } from "./graph-run.js";
import { Handle } from "./handle.js";
import { heldOnCluster } from "./hold-keys.js";
import { renamed } from "./renamed.js";
import { submissionOf } from "./submission.js";
import { watchProgress } from "./watch-progress.js";

/** What is done once a graph is submitted: `keys` are what the cluster calls the outputs, and are held meanwhile. */
type Finish<R> = (keys: readonly string[], signal: AbortSignal | undefined) => Promise<R>;

export class ClusterRunner implements GraphRunner {
  readonly name = "cluster";
  readonly #client: Connection;

  constructor(client: Connection) {
    this.#client = client;
  }

  reaches(handle: object): boolean {
    return handle instanceof Handle && handle.isKeptBy(this.#client.keys);
  }

  /** @throws TaskErredError, CancelledError, CycleError, MissingKeyError, CapturedVariableError, UnserializableError */
  run(graph: Graph, keys: readonly string[], options: RunOptions): Promise<unknown[]> {
    return this.#compute(graph, keys, options, (names, signal) =>
      valuesOfKeys(this.#client.keys, names, signal),
    );
  }

  /** @throws as `run` does. */
  hold(graph: Graph, keys: readonly string[], options: RunOptions): Promise<External[]> {
    return this.#compute(graph, keys, options, (names, signal) =>
      heldOnCluster(this.#client.keys, names, signal),
    );
  }

  async #compute<R>(
    graph: Graph,
    keys: readonly string[],
    options: RunOptions,
    finish: Finish<R>,
  ): Promise<R> {
    try {
      return await this.#submit(graph, keys, options, finish);
    } catch (error) {
      if (!(error instanceof DuplicateKeyError)) throw error;
      // Somebody else is computing other tasks under these keys: keys of graphs are names, not promises.
      const suffix = `~${uniqueId()}`;
      const others = keys.map((key) => key + suffix);
      try {
        return await this.#submit(renamed(graph, suffix), others, options, finish);
      } catch (again) {
        throw withoutSuffix(again, suffix);
      }
    }
  }

  async #submit<R>(
    graph: Graph,
    wanted: readonly string[],
    options: RunOptions,
    finish: Finish<R>,
  ): Promise<R> {
    const { signal, onProgress, retries } = options;
    if (signal?.aborted === true) throw new CancelledError("The computation", signal.reason);
    const client = this.#client;
    const graphId = uniqueId();
    const parts = submissionOf(graph, wanted, { graphId, retries, parent: client.parent() });
    const keys = namesOnCluster(graph, wanted);
    for (const key of keys) client.keys.more(key);
    const progress =
      onProgress === undefined ? undefined : watchProgress(client, graphId, graph.size, onProgress);
    let ended = false;
    try {
      const refused = new Promise<never>((_, reject) => client.hands.refusals.set(graphId, reject));
      client.tell({ type: "submit", parts, wants: keys });
      const result = await Promise.race([finish(keys, signal), refused]);
      ended = true;
      return result;
    } finally {
      client.hands.refusals.delete(graphId);
      progress?.stop(ended);
      client.keys.less(keys);
    }
  }
}

function namesOnCluster(graph: Graph, keys: readonly string[]): readonly string[] {
  if (!graph.index().nodes.some((node) => node instanceof External)) return keys;
  return keys.map((key) => {
    const node = graph.get(key);
    return node instanceof External ? node.key : key;
  });
}

function withoutSuffix(error: unknown, suffix: string): unknown {
  if (!(error instanceof TaskErredError) || !error.key.endsWith(suffix)) return error;
  return new TaskErredError(error.key.slice(0, -suffix.length), error.cause, error.attempts, error.worker);
}
