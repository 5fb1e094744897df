/**
 * The calls of a client on their way to the scheduler: those of one turn go as one graph, those whose keys the user
 * chose go alone, since a key may be taken, and should it be refused nothing else is to fail with it.
 */

import { uniqueId } from "../../collections/unique.js";
import type { Settled } from "../../collections/lazy.js";
import { DuplicateKeyError } from "../../errors.js";
import type { Graph } from "../../graph/graph.js";
import { sameNode } from "../../graph/same.js";
import type { Task } from "../../graph/task.js";
import { Batch } from "./batch.js";
import { callTask, type SubmitOptions } from "./calls.js";
import type { Connection } from "./connection.js";
import type { Future } from "./future.js";
import { submissionOf, type Encode } from "./submission.js";

const fewNames = 64;

export class Caller {
  readonly #client: Connection;
  readonly #batch = new Batch((graph, wants, encode) => this.#send(graph, wants, encode));
  /** Calls whose keys were given by the user; those that are not held any more are cleared from time to time. */
  readonly #named = new Map<string, Task>();
  #clearAt = fewNames;

  constructor(client: Connection) {
    this.#client = client;
  }

  /** @throws CapturedVariableError, UnserializableError, InvalidArgumentError, TokenizeError, DuplicateKeyError */
  call<R>(fn: unknown, args: readonly unknown[], options: SubmitOptions, where: string): Future<Settled<R>> {
    const { key, task } = callTask(fn, args, options, where);
    if (options.key === undefined) this.#batch.add(key, task);
    else this.#addNamed(key, task);
    return this.#client.keys.hold<Settled<R>>(key);
  }

  /** Sends what has been gathered in this turn. */
  flush(): void {
    this.#batch.flush();
  }

  #addNamed(key: string, task: Task): void {
    const { keys } = this.#client;
    const known = keys.has(key) ? this.#named.get(key) : undefined;
    if (known !== undefined) {
      if (!sameNode(known, task)) throw new DuplicateKeyError(key);
      return;
    }
    this.#batch.flush();
    this.#batch.add(key, task);
    this.#batch.flush();
    this.#named.set(key, task);
    if (this.#named.size < this.#clearAt) return;
    for (const each of this.#named.keys()) if (!keys.has(each)) this.#named.delete(each);
    this.#clearAt = Math.max(fewNames, 2 * this.#named.size);
  }

  #send(graph: Graph, wants: readonly string[], encode: Encode): void {
    const client = this.#client;
    try {
      const parts = submissionOf(graph, wants, { graphId: uniqueId(), parent: client.parent() }, encode);
      client.tell({ type: "submit", parts, wants });
    } catch (error) {
      client.keys.failed(wants, error as Error);
    }
  }
}
