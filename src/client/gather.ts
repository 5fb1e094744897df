/**
 * The lazy values among what is to be computed, and the same shape again with something else in their place.
 *
 * Arrays and plain objects are searched to any depth without recursion, shared and circular structure included;
 * every other value stands for itself.
 */

import { isCollection, type Collection } from "../collections/collection.js";
import { FunctionAsDataError, InvalidArgumentError } from "../errors.js";
import { Graph } from "../graph/graph.js";
import { Ref } from "../graph/ref.js";
import { isStructure } from "../graph/references.js";
import { Task } from "../graph/task.js";

/** Every lazy value in `what`, each once. @throws as {@link checkLeaf} */
export function collectionsIn(what: unknown, where: string): Collection<unknown>[] {
  const found = new Set<Collection<unknown>>();
  mapLeaves(what, (leaf) => {
    if (isCollection(leaf)) found.add(leaf);
    else checkLeaf(leaf, where);
    return leaf;
  });
  return [...found];
}

/** A copy of the structure `what` with `replace(collection)` in the place of every lazy value. */
export function replaceCollections(
  what: unknown,
  replace: (collection: Collection<unknown>) => unknown,
): unknown {
  return mapLeaves(what, (leaf) => (isCollection(leaf) ? replace(leaf) : leaf));
}

type Structure = unknown[] | Record<string, unknown>;

/** A copy of `root` with everything inside that is no array or plain object, or is lazy, as `map` has it. */
export function mapLeaves(root: unknown, map: (leaf: unknown) => unknown): unknown {
  const copies = new Map<Structure, Structure>();
  const open: Structure[] = [];
  const visit = (value: unknown): unknown => {
    if (isCollection(value) || !isStructure(value)) return map(value);
    let copy = copies.get(value);
    if (copy === undefined) {
      copy = Array.isArray(value) ? new Array<unknown>(value.length) : emptyLike(value);
      copies.set(value, copy);
      open.push(value);
    }
    return copy;
  };
  const out = visit(root);
  for (let structure = open.pop(); structure !== undefined; structure = open.pop()) {
    const copy = copies.get(structure) as Record<string, unknown>;
    for (const [name, value] of Object.entries(structure)) {
      // Defined, not assigned: a property called __proto__ must not become the prototype.
      const mapped = visit(value);
      if (name === "__proto__") {
        Object.defineProperty(copy, name, {
          value: mapped,
          enumerable: true,
          configurable: true,
          writable: true,
        });
      } else copy[name] = mapped;
    }
  }
  return out;
}

function emptyLike(value: object): Record<string, unknown> {
  return Object.create(Object.getPrototypeOf(value) as object | null) as Record<string, unknown>;
}

/** @throws FunctionAsDataError, InvalidArgumentError for what was surely meant to be computed and cannot be. */
function checkLeaf(leaf: unknown, where: string): void {
  if (typeof leaf === "function") {
    throw new FunctionAsDataError(
      `An argument of ${where}`,
      leaf.name,
      `Call it first: what can be computed is the lazy value that delayed(${leaf.name || "fn"})(…) gives.`,
    );
  }
  if (leaf instanceof Graph) {
    throw new InvalidArgumentError(
      where,
      "a graph was given without keys",
      "Write compute(graph, keys), with the keys whose results you want.",
    );
  }
  if (leaf instanceof Task || leaf instanceof Ref) {
    throw new InvalidArgumentError(
      where,
      `a ${leaf instanceof Task ? "task" : "reference"} was given without the graph it belongs to`,
      "Put it into a Graph and write compute(graph, keys).",
    );
  }
}
