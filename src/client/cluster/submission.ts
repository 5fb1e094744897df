/**
 * A graph as the messages that submit it: columns, cut into parts of bounded size, so that a scheduler can begin
 * with the first while the last is still being encoded, and no message grows with the graph.
 */

import { InvalidKeyError } from "../../errors.js";
import { encodeTask, type EncodedTask } from "../../executor/functions/encode-task.js";
import type { Graph } from "../../graph/graph.js";
import { orderOf } from "../../graph/order/order.js";
import { Task, type TaskOptions } from "../../graph/task.js";
import { External } from "../../graph/external.js";
import type { Submit, WireFunction, WireTaskOptions } from "../../protocol/messages.js";

/** How an entry is encoded, where that has been done before. */
export type Encode = (key: string, node: unknown) => EncodedTask;

export interface SubmissionOptions {
  readonly graphId: string;
  readonly priority?: number;
  readonly retries?: number;
  readonly parent?: string | undefined;
}

const partTasks = 8_192;
const partArgumentBytes = 1024 * 1024;

/**
 * The messages that submit `graph`, wanting `wants`.
 *
 * @throws CycleError, MissingKeyError, InvalidKeyError, CapturedVariableError, UnserializableError
 */
export function submissionOf(
  graph: Graph,
  wants: Iterable<string>,
  options: SubmissionOptions,
  encode: Encode = encodeTask,
): Submit[] {
  const index = graph.index();
  const rank = orderOf(index);
  const numbers = numberTasks(index.nodes);
  const { total } = numbers;
  const wanted = new Uint8Array(index.size);
  for (const key of wants) wanted[index.idOf.get(key) as number] = 1;

  const parts: Submit[] = [];
  let part = new Part(0, encode);
  for (let id = 0; id < index.size; id++) {
    const number = numbers.of[id] as number;
    if (number >= total) continue;
    part.add(index.keys[id] as string, index.nodes[id], rank[id] as number, number);
    if (wanted[id] === 1) part.wants.push(number);
    for (let e = index.depStart[id]!; e < index.depStart[id + 1]!; e++) {
      if (e === index.dataEnd[id]) part.endOfData();
      const dep = index.dep[e] as number;
      const number = numbers.of[dep] as number;
      part.dep.push(number < total ? number : total + part.external((index.nodes[dep] as External).key));
    }
    part.endOfRow();
    if (part.size < partTasks && part.argumentBytes < partArgumentBytes) continue;
    parts.push(part.message(total, options));
    part = new Part(number + 1, encode);
  }
  if (part.size > 0 || parts.length === 0) parts.push(part.message(total, options));
  return parts;
}

/** Tasks are 0 … total-1 in the order of the graph; keys of earlier submissions come after them. */
function numberTasks(nodes: readonly unknown[]): { readonly of: Uint32Array; readonly total: number } {
  const of = new Uint32Array(nodes.length);
  let total = 0;
  for (let id = 0; id < nodes.length; id++) of[id] = nodes[id] instanceof External ? nodes.length : total++;
  return { of, total };
}

class Part {
  readonly #from: number;
  readonly #encode: Encode;
  readonly #keys: string[] = [];
  readonly #fn: number[] = [];
  readonly #fns: WireFunction[] = [];
  readonly #numberOf = new Map<WireFunction, number>();
  readonly #flags: number[] = [];
  readonly #depStart: number[] = [0];
  readonly #dataEnd: number[] = [];
  readonly #argStart: number[] = [0];
  readonly #args: Uint8Array[] = [];
  readonly #rank: number[] = [];
  readonly #options: [number, WireTaskOptions][] = [];
  readonly #externals = new Map<string, number>();
  readonly wants: number[] = [];
  readonly dep: number[] = [];
  argumentBytes = 0;

  constructor(from: number, encode: Encode) {
    this.#from = from;
    this.#encode = encode;
  }

  get size(): number {
    return this.#keys.length;
  }

  add(key: string, node: unknown, rank: number, number: number): void {
    checkSendableKey(key, "a graph for a cluster");
    const { fn, flags, args } = this.#encode(key, node);
    let place = this.#numberOf.get(fn);
    if (place === undefined) {
      place = this.#fns.push(fn) - 1;
      this.#numberOf.set(fn, place);
    }
    this.#keys.push(key);
    this.#fn.push(place);
    this.#flags.push(flags);
    this.#rank.push(rank);
    if (args.length > 0) {
      // The encoder hands out views of a buffer that it will use again.
      this.#args.push(args.slice());
      this.argumentBytes += args.length;
    }
    this.#argStart.push(this.argumentBytes);
    if (node instanceof Task) {
      const options = wireOptions(node.options);
      if (options !== undefined) this.#options.push([number, options]);
    }
  }

  /** The place of an earlier submission's key among those that this part refers to. */
  external(key: string): number {
    let place = this.#externals.get(key);
    if (place === undefined) {
      place = this.#externals.size;
      this.#externals.set(key, place);
    }
    return place;
  }

  endOfData(): void {
    this.#dataEnd.push(this.dep.length);
  }

  endOfRow(): void {
    if (this.#dataEnd.length < this.#keys.length) this.#dataEnd.push(this.dep.length);
    this.#depStart.push(this.dep.length);
  }

  message(total: number, options: SubmissionOptions): Submit {
    return {
      kind: "submit",
      graphId: options.graphId,
      tasks: {
        from: this.#from,
        total,
        keys: this.#keys,
        fn: new Uint32Array(this.#fn),
        fns: this.#fns,
        flags: new Uint8Array(this.#flags),
        depStart: new Uint32Array(this.#depStart),
        dataEnd: new Uint32Array(this.#dataEnd),
        dep: new Uint32Array(this.dep),
        externals: [...this.#externals.keys()],
        argStart: new Uint32Array(this.#argStart),
        args: joined(this.#args, this.argumentBytes),
        rank: new Int32Array(this.#rank),
        options: this.#options,
      },
      wants: new Uint32Array(this.wants),
      priority: options.priority ?? 0,
      retries: options.retries ?? 0,
      ...(options.parent === undefined ? {} : { parent: options.parent }),
    };
  }
}

/** @throws InvalidKeyError for a key that would arrive as another. */
export function checkSendableKey(key: string, where: string): void {
  // Of strings since Node 20; the types are of an older standard.
  if (!(key as unknown as { isWellFormed(): boolean }).isWellFormed()) throw new InvalidKeyError(key, where);
}

/** What a worker or scheduler has to know of a task's options; undefined when that is nothing. */
function wireOptions(options: TaskOptions): WireTaskOptions | undefined {
  if (isEmpty(options)) return undefined;
  const { retries, priority, timeoutMs, workers, allowOtherWorkers, resources } = options;
  const all = { retries, priority, timeoutMs, workers, allowOtherWorkers, resources };
  const given = Object.entries(all).filter(([, value]) => value !== undefined);
  return given.length === 0 ? undefined : (Object.fromEntries(given) as WireTaskOptions);
}

function isEmpty(options: TaskOptions): boolean {
  for (const name in options) if (Object.hasOwn(options, name)) return false;
  return true;
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  const out = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
