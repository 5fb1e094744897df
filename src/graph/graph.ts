/**
 * The graph: keys, and what each stands for. Immutable; every change gives a new graph.
 *
 * A graph may refer to keys it does not have until it is ordered, optimised or computed, so that parts can be
 * built apart and merged. The algorithms live beside this class, one a file; it documents and delegates.
 */

import { InvalidArgumentError, describe } from "../errors.js";
import { addNode } from "./add-node.js";
import { buildIndex, type GraphIndex } from "./graph-index.js";
import { graphToJson, nodesFromJson, type GraphJson } from "./json.js";
import { diagnose, type Diagnostics } from "./order/diagnostics.js";
import { orderOf } from "./order/order.js";
import { Ref } from "./ref.js";
import { isPlainObject } from "./references.js";
import { Task } from "./task.js";

/** The entries of a graph: tasks, references (aliases) and plain data by key. */
export type GraphEntries = Readonly<Record<string, unknown>> | Iterable<readonly [string, unknown]>;

const noKeys: readonly string[] = Object.freeze([]);

/** @throws InvalidArgumentError for what has no entries. */
function pairsOf(entries: unknown): Iterable<unknown> {
  if (isPlainObject(entries)) return Object.entries(entries);
  if (typeof entries === "object" && entries !== null && Symbol.iterator in entries) {
    return entries as Iterable<unknown>;
  }
  throw new InvalidArgumentError(
    "Graph.of(entries)",
    `got ${describe(entries)}`,
    "Give an object, { key: task(…) }, or pairs, [[key, task(…)]].",
  );
}

export class Graph {
  readonly #nodes: ReadonlyMap<string, unknown>;
  #index: GraphIndex | undefined;
  #dependents: Map<string, string[]> | undefined;

  private constructor(nodes: ReadonlyMap<string, unknown>) {
    this.#nodes = nodes;
  }

  /**
   * A graph of the given entries, as an object or as pairs.
   *
   * @example
   * const g = Graph.of({ x: 1, y: task((x: number) => x + 1, ref("x")), alias: ref("y") });
   *
   * @throws DuplicateKeyError, InvalidKeyError, FunctionAsDataError, InvalidArgumentError
   */
  static of(entries: GraphEntries): Graph {
    if (entries instanceof Graph) return entries;
    const nodes = new Map<string, unknown>();
    for (const pair of pairsOf(entries)) {
      if (!Array.isArray(pair)) {
        throw new InvalidArgumentError(
          "Graph.of(entries)",
          `one of them is ${describe(pair)}`,
          "Give pairs: [key, task(…)].",
        );
      }
      addNode(nodes, pair[0] as string, pair[1]);
    }
    return new Graph(nodes);
  }

  /** Takes over a map of checked entries; for passes, which only ever rearrange what `of` has checked. */
  static fromNodes(nodes: ReadonlyMap<string, unknown>): Graph {
    return new Graph(nodes);
  }

  /** The number of keys. */
  get size(): number {
    return this.#nodes.size;
  }

  /** All keys, in order of insertion. */
  keys(): string[] {
    return [...this.#nodes.keys()];
  }

  has(key: string): boolean {
    return this.#nodes.has(key);
  }

  /** What stands under `key`: a Task, a Ref, or data as it was given. */
  get(key: string): unknown {
    return this.#nodes.get(key);
  }

  /** Keys and what stands under them, in order of insertion. */
  entries(): IterableIterator<[string, unknown]> {
    return this.#nodes.entries();
  }

  /** The keys that `key` needs: data edges first, then control edges. Empty for data and unknown keys. */
  dependencies(key: string): readonly string[] {
    const node = this.#nodes.get(key);
    if (node instanceof Ref) return [node.key];
    if (!(node instanceof Task)) return noKeys;
    return node.controls.length === 0 ? node.refs : [...new Set([...node.refs, ...node.controls])];
  }

  /** The keys that need `key`. */
  dependents(key: string): readonly string[] {
    if (this.#dependents === undefined) {
      const all = new Map<string, string[]>();
      for (const from of this.#nodes.keys()) {
        for (const to of this.dependencies(from)) {
          const list = all.get(to);
          if (list === undefined) all.set(to, [from]);
          else list.push(from);
        }
      }
      this.#dependents = all;
    }
    return this.#dependents.get(key) ?? noKeys;
  }

  /** Both graphs as one. @throws DuplicateKeyError when one key stands for different tasks. */
  merge(other: Graph): Graph {
    if (!(other instanceof Graph)) {
      throw new InvalidArgumentError(
        "graph.merge(other)",
        `got ${describe(other)}`,
        "Give a graph: Graph.of(…).",
      );
    }
    if (other.#nodes.size === 0) return this;
    if (this.#nodes.size === 0) return other;
    const nodes = new Map(this.#nodes);
    for (const [key, node] of other.#nodes) addNode(nodes, key, node);
    return new Graph(nodes);
  }

  /**
   * A total order that keeps the number of live results low when one thread follows it: 0 runs first.
   *
   * @throws CycleError, MissingKeyError
   */
  order(): Map<string, number> {
    const index = this.index();
    const rank = orderOf(index);
    const out = new Map<string, number>();
    for (let i = 0; i < index.size; i++) out.set(index.keys[i] as string, rank[i] as number);
    return out;
  }

  /**
   * How many results are held when each task starts, in order, each dropped as soon as its last dependent ran;
   * and the most that are ever held.
   *
   * @throws CycleError, MissingKeyError
   */
  diagnostics(): Diagnostics {
    const index = this.index();
    return diagnose(index, orderOf(index));
  }

  /** A form that survives `JSON.stringify`; inline functions travel as source. @throws CapturedVariableError */
  toJSON(): GraphJson {
    return graphToJson(this.#nodes);
  }

  /** The graph a `toJSON()` came from. A graph is a program: load only what you would run. */
  static fromJSON(json: GraphJson): Graph {
    return new Graph(nodesFromJson(json));
  }

  /** The graph in numbers, made once. @throws MissingKeyError */
  index(): GraphIndex {
    return (this.#index ??= buildIndex(this.#nodes));
  }
}
