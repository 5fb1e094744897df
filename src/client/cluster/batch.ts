/**
 * Calls of one turn of the event loop, put together into one graph: a loop that submits a thousand calls sends one
 * submission.
 */

import { DuplicateKeyError } from "../../errors.js";
import { encodeTask, type EncodedTask } from "../../executor/functions/encode-task.js";
import { Graph } from "../../graph/graph.js";
import { sameNode } from "../../graph/same.js";
import type { Task } from "../../graph/task.js";
import { External } from "../../graph/external.js";
import type { Encode } from "./submission.js";

export class Batch {
  #nodes = new Map<string, unknown>();
  #encoded = new Map<string, EncodedTask>();
  readonly #submit: (graph: Graph, wants: readonly string[], encode: Encode) => void;

  constructor(submit: (graph: Graph, wants: readonly string[], encode: Encode) => void) {
    this.#submit = submit;
  }

  /**
   * Adds a call, sent at the end of this turn. Encoded at once, so that what cannot be sent is refused here.
   *
   * @throws UnserializableError, CapturedVariableError, DuplicateKeyError
   */
  add(key: string, task: Task): void {
    const known = this.#nodes.get(key);
    if (known !== undefined && !(known instanceof External)) {
      if (!sameNode(known, task)) throw new DuplicateKeyError(key);
      return;
    }
    const { fn, flags, args } = encodeTask(key, task);
    // The encoder hands out views of a buffer that it will use again.
    this.#encoded.set(key, { fn, flags, args: args.slice() });
    if (this.#encoded.size === 1) queueMicrotask(() => this.flush());
    for (const ref of task.refs) if (!this.#nodes.has(ref)) this.#nodes.set(ref, new External(ref));
    this.#nodes.set(key, task);
  }

  flush(): void {
    if (this.#encoded.size === 0) return;
    const [nodes, encoded] = [this.#nodes, this.#encoded];
    this.#nodes = new Map();
    this.#encoded = new Map();
    const encode: Encode = (key, node) => encoded.get(key) ?? encodeTask(key, node);
    this.#submit(Graph.fromNodes(nodes), [...encoded.keys()], encode);
  }
}
