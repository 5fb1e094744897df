/**
 * What a pass works on: a graph in numbers, the outputs that must stay addressable, and what kinds of entries
 * there are. Made once and shared by the passes of a pipeline for as long as they change nothing, so that a pass
 * with nothing to do costs next to nothing.
 */

import { describe, InvalidArgumentError } from "../../errors.js";
import { Graph } from "../graph.js";
import { idsOf, type GraphIndex } from "../graph-index.js";
import { checkKey, Quoted, Ref } from "../ref.js";
import { Task } from "../task.js";
import { Fused } from "./fused.js";

/** Bits of an entry's kind. An entry that is neither a task nor an alias is data. */
export const TASK = 1;
export const ALIAS = 2;
export const FUSED = 4;
/** A task marked `pure`. */
export const PURE = 8;
/** A task marked `inline`. */
export const INLINE = 16;
/** Data so small that repeating it costs less than a reference to it. */
export const CHEAP = 32;

const cheapStringLength = 64;

export class Subject {
  readonly graph: Graph;
  readonly index: GraphIndex;
  readonly outputs: readonly string[];
  /** 1 for outputs. */
  readonly wanted: Uint8Array;
  #kinds: Uint8Array | undefined;
  #traits = 0;
  #pinned: Uint8Array | undefined;

  constructor(graph: Graph, outputs: readonly string[]) {
    this.graph = graph;
    this.outputs = outputs;
    this.index = graph.index();
    this.wanted = marked(this.index, outputs);
  }

  /** The same outputs over what a pass made of the graph. */
  over(graph: Graph): Subject {
    return graph === this.graph ? this : new Subject(graph, this.outputs);
  }

  /** The kind of each entry. */
  get kinds(): Uint8Array {
    if (this.#kinds === undefined) {
      const { size, nodes } = this.index;
      this.#kinds = new Uint8Array(size);
      for (let i = 0; i < size; i++) this.#traits |= this.#kinds[i] = kindOf(nodes[i]);
    }
    return this.#kinds;
  }

  /** The bits that at least one entry has. */
  get traits(): number {
    return this.kinds.length === 0 ? 0 : this.#traits;
  }

  /**
   * 1 for entries that must keep their key: outputs, and what fused tasks need. The parts of a fused task refer
   * to what is outside by key, and another key might mean a part there, so they are not rewritten.
   */
  get pinned(): Uint8Array {
    if (this.#pinned === undefined) {
      this.#pinned = this.wanted;
      if ((this.traits & FUSED) !== 0) {
        this.#pinned = this.wanted.slice();
        const { size, dep, depStart } = this.index;
        for (let i = 0; i < size; i++) {
          if ((this.kinds[i]! & FUSED) === 0) continue;
          for (let e = depStart[i]!; e < depStart[i + 1]!; e++) this.#pinned[dep[e]!] = 1;
        }
      }
    }
    return this.#pinned;
  }

  /** The graph with each entry replaced by what `nodeOf` gives for it, in the old order; `absent` leaves it out. */
  rebuilt(nodeOf: (id: number) => unknown): Graph {
    const { size, keys } = this.index;
    const nodes = new Map<string, unknown>();
    for (let i = 0; i < size; i++) {
      const node = nodeOf(i);
      if (node !== absent) nodes.set(keys[i]!, node);
    }
    return Graph.fromNodes(nodes);
  }
}

/** See {@link Subject.rebuilt}. */
export const absent = Symbol("absent");

/**
 * @param pass is named in errors.
 * @throws InvalidArgumentError unless `outputs` is an iterable of keys, MissingKeyError for one that is not there.
 */
export function subjectOf(graph: Graph, outputs: Iterable<string>, pass: string): Subject {
  const given: unknown = outputs;
  if (typeof given !== "object" || given === null || !(Symbol.iterator in given)) {
    throw new InvalidArgumentError(
      `${pass}(graph, outputs)`,
      `outputs is ${describe(given)}`,
      "Give the keys whose results are wanted, as an array or any other iterable.",
    );
  }
  return new Subject(graph, Array.isArray(outputs) ? (outputs as string[]) : [...outputs]);
}

function marked(index: GraphIndex, outputs: readonly string[]): Uint8Array {
  const { keys } = index;
  const wanted = new Uint8Array(index.size);
  // Outputs are often all keys, or a run of them: the next key is guessed before it is looked up.
  let guess = 0;
  for (const key of outputs) {
    const id = keys[guess] === key ? guess : index.idOf.get(key);
    if (id === undefined) throw unknownOutput(index, key);
    wanted[id] = 1;
    guess = id + 1;
  }
  return wanted;
}

/** Always throws; typed as an error for its caller's `throw`. */
function unknownOutput(index: GraphIndex, key: unknown): Error {
  idsOf(index, [checkKey(key, "outputs")]);
  return new Error("unreachable");
}

function kindOf(node: unknown): number {
  if (node instanceof Task) {
    let kind = TASK;
    if (node.options.pure === true) kind |= PURE;
    if (node.options.inline === true) kind |= INLINE;
    if (node instanceof Fused) kind |= FUSED;
    return kind;
  }
  if (node instanceof Ref) return ALIAS;
  return isCheap(node instanceof Quoted ? node.value : node) ? CHEAP : 0;
}

function isCheap(value: unknown): boolean {
  switch (typeof value) {
    case "string":
      return value.length <= cheapStringLength;
    case "number":
    case "boolean":
    case "bigint":
    case "undefined":
      return true;
    default:
      return value === null;
  }
}
