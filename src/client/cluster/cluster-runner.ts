/** Computing whole graphs on a client's cluster: the scheduler that `compute` sees. */

import { uniqueId } from "../../collections/unique.js";
import { CancelledError, DuplicateKeyError, TaskErredError } from "../../errors.js";
import type { GraphRunner, ProgressEvent, RunOptions } from "../../executor/graph-runner.js";
import { Fused } from "../../graph/passes/fused.js";
import { Graph } from "../../graph/graph.js";
import { Ref } from "../../graph/ref.js";
import { replaceInside } from "../../graph/references.js";
import { Task } from "../../graph/task.js";
import type { Client } from "./client.js";
import { valuesOfKeys } from "./graph-run.js";
import { submissionOf } from "./submission.js";
import { watchProgress } from "./watch-progress.js";

export class ClusterRunner implements GraphRunner {
  readonly name = "cluster";
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  /** @throws TaskErredError, CancelledError, CycleError, MissingKeyError, CapturedVariableError, UnserializableError */
  async run(graph: Graph, keys: readonly string[], options: RunOptions): Promise<unknown[]> {
    try {
      return await this.#run(graph, keys, options);
    } catch (error) {
      if (!(error instanceof DuplicateKeyError)) throw error;
      // Somebody else is computing other tasks under these keys: keys of graphs are names, not promises.
      const suffix = `~${uniqueId()}`;
      try {
        return await this.#run(
          renamed(graph, suffix),
          keys.map((key) => key + suffix),
          options,
        );
      } catch (again) {
        throw withoutSuffix(again, suffix);
      }
    }
  }

  async #run(graph: Graph, wanted: readonly string[], options: RunOptions): Promise<unknown[]> {
    const { signal, onProgress, retries } = options;
    if (signal?.aborted === true) throw new CancelledError("The computation", signal.reason);
    const client = this.#client;
    const graphId = uniqueId();
    const parts = submissionOf(graph, wanted, { graphId, retries, parent: client.parent() });
    const distinct = [...new Set(wanted)];
    for (const key of distinct) client.keys.more(key);
    const progress =
      onProgress === undefined ? undefined : watchProgress(client, graphId, graph.size, onProgress);
    try {
      client.tell({ type: "submit", parts, wants: distinct });
      return await valuesOfKeys(client.keys, wanted, signal);
    } finally {
      progress?.stop();
      client.keys.less(distinct);
    }
  }
}

/** The same graph with every key it defines followed by `suffix`. */
function renamed(graph: Graph, suffix: string): Graph {
  const rename = (key: string): string => (graph.has(key) ? key + suffix : key);
  const renameIn = (value: unknown): unknown =>
    replaceInside(value, (leaf) => (leaf instanceof Ref ? new Ref(rename(leaf.key)) : leaf));
  const nodes = new Map<string, unknown>();
  for (const [key, node] of graph.entries()) {
    if (node instanceof Fused) {
      // The parts keep their names among themselves; what comes from outside is renamed.
      const outside = new Map(node.refs.map((ref) => [ref, rename(ref)]));
      const parts = node.parts.map((part) => ({
        key: part.key,
        task: retarget(part.task, (ref) => outside.get(ref) ?? ref),
      }));
      nodes.set(
        key + suffix,
        new Fused(parts, node.refs.map(rename), node.controls.map(rename), node.options),
      );
    } else if (node instanceof Task) nodes.set(key + suffix, retarget(node, rename));
    else nodes.set(key + suffix, node instanceof Ref ? renameIn(node) : node);
  }
  return Graph.fromNodes(nodes);
}

function retarget(task: Task, rename: (key: string) => string): Task {
  const args = replaceInside(task.args, (leaf) => (leaf instanceof Ref ? new Ref(rename(leaf.key)) : leaf));
  return new Task(
    task.fn,
    args as readonly unknown[],
    task.refs.map(rename),
    task.controls.map(rename),
    task.options,
  );
}

function withoutSuffix(error: unknown, suffix: string): unknown {
  if (!(error instanceof TaskErredError) || !error.key.endsWith(suffix)) return error;
  return new TaskErredError(error.key.slice(0, -suffix.length), error.cause, error.attempts, error.worker);
}
