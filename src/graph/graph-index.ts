/**
 * A graph in numbers. Tasks are 0 … size-1 in the order of insertion; edges are rows of flat integer arrays
 * (compressed sparse rows), so that passes over millions of tasks touch little memory and allocate nothing per
 * edge.
 *
 * Row `i` of the dependencies is `dep[depStart[i] … depStart[i+1]-1]`: first the data edges, in the order of the
 * task's `refs`, up to `dataEnd[i]`, then the control edges. The dependents' rows hold both kinds, ascending.
 */

import { MissingKeyError } from "../errors.js";
import { Ref } from "./ref.js";
import { Task } from "./task.js";

export interface GraphIndex {
  readonly size: number;
  readonly keys: readonly string[];
  /** Made when first asked for: most graphs are linked, and their outputs found, by guessing the next key. */
  readonly idOf: ReadonlyMap<string, number>;
  /** What stands under each key: a Task, a Ref (alias), or plain data. */
  readonly nodes: readonly unknown[];
  readonly depStart: Int32Array;
  readonly dataEnd: Int32Array;
  readonly dep: Int32Array;
  readonly dependentStart: Int32Array;
  readonly dependent: Int32Array;
}

/** @throws MissingKeyError for a reference to a key that is not there. */
export function buildIndex(map: ReadonlyMap<string, unknown>): GraphIndex {
  const size = map.size;
  const keys = new Array<string>(size);
  const nodes = new Array<unknown>(size);
  const ids = new KeyIds(keys);
  const depStart = new Int32Array(size + 1);
  const dataEnd = new Int32Array(size);
  let edges = 0;
  let at = 0;
  for (const [key, node] of map) {
    keys[at] = key;
    nodes[at] = node;
    depStart[at] = edges;
    if (node instanceof Task) edges += node.refs.length + node.controls.length;
    else if (node instanceof Ref) edges += 1;
    at++;
  }
  depStart[size] = edges;

  const dep = new Int32Array(edges);
  const dependentCount = new Int32Array(size + 1);
  let write = 0;
  const link = (from: number, key: string): void => {
    const to = ids.find(key);
    if (to === undefined) throw missing(key, keys[from], ids.all);
    dep[write++] = to;
    dependentCount[to]!++;
  };
  for (let i = 0; i < size; i++) {
    const node = nodes[i];
    depStart[i] = write;
    if (node instanceof Task) {
      for (const key of node.refs) link(i, key);
      dataEnd[i] = write;
      // A key that is both data and control counts once, as data.
      if (node.controls.length > 0) {
        const data = new Set(node.refs);
        for (const key of node.controls) if (!data.has(key)) link(i, key);
      }
    } else {
      if (node instanceof Ref) link(i, node.key);
      dataEnd[i] = write;
    }
  }
  depStart[size] = write;

  const dependentStart = new Int32Array(size + 1);
  for (let i = 0; i < size; i++) dependentStart[i + 1] = dependentStart[i]! + dependentCount[i]!;
  const cursor = dependentStart.slice(0, size);
  const dependent = new Int32Array(write);
  for (let i = 0; i < size; i++) {
    for (let e = depStart[i]!; e < depStart[i + 1]!; e++) dependent[cursor[dep[e]!]!++] = i;
  }
  return {
    size,
    keys,
    get idOf() {
      return ids.all;
    },
    nodes,
    depStart,
    dataEnd,
    dep: write === edges ? dep : dep.slice(0, write),
    dependentStart,
    dependent,
  };
}

/**
 * Finds ids by keys. What refers to keys mostly does so in the order in which they were added (the outputs, the
 * parts of a reduction, a layer that maps another), so the key after the last one found is tried before a map of
 * all keys is made: that map costs more than all the rest of an index.
 */
class KeyIds {
  readonly #keys: readonly string[];
  #all: Map<string, number> | undefined;
  #guess = 0;

  constructor(keys: readonly string[]) {
    this.#keys = keys;
  }

  get all(): ReadonlyMap<string, number> {
    if (this.#all === undefined) {
      this.#all = new Map();
      for (let id = 0; id < this.#keys.length; id++) this.#all.set(this.#keys[id]!, id);
    }
    return this.#all;
  }

  find(key: string): number | undefined {
    // Until there is a map, a few more keys are tried: one reference out of line is no reason to make it.
    const tries = this.#all === undefined ? 8 : 1;
    for (let id = this.#guess; id < this.#guess + tries; id++) {
      if (this.#keys[id] !== key) continue;
      this.#guess = id + 1;
      return id;
    }
    const id = this.all.get(key);
    if (id !== undefined) this.#guess = id + 1;
    return id;
  }
}

/** @throws MissingKeyError for a key that is not in the graph. */
export function idsOf(index: GraphIndex, keys: Iterable<string>): number[] {
  const ids: number[] = [];
  let guess = 0;
  for (const key of keys) {
    const id = index.keys[guess] === key ? guess : index.idOf.get(key);
    if (id === undefined) throw missing(key, undefined, index.idOf);
    ids.push(id);
    guess = id + 1;
  }
  return ids;
}

/** Keys that look like the missing one: equal but for case, or one starting with the other. At most three. */
function missing(
  key: string,
  dependent: string | undefined,
  known: ReadonlyMap<string, unknown>,
): MissingKeyError {
  const lower = key.toLowerCase();
  const hints: string[] = [];
  for (const candidate of known.keys()) {
    const other = candidate.toLowerCase();
    if (other === lower || other.startsWith(lower) || lower.startsWith(other)) {
      if (candidate !== dependent && hints.push(candidate) === 3) break;
    }
  }
  return new MissingKeyError(key, dependent, hints);
}
