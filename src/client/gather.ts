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
import { replaceInside } from "../graph/references.js";
import { Task } from "../graph/task.js";

/** Every lazy value in `what`, each once. @throws as {@link checkLeaf} */
export function collectionsIn(what: unknown, where: string): Collection<unknown>[] {
  const found = new Set<Collection<unknown>>();
  replaceInside(what, (leaf) => {
    if (isCollection(leaf)) found.add(leaf);
    else checkLeaf(leaf, where);
    return leaf;
  });
  return [...found];
}

/** The structure `what` with `replace(collection)` in the place of every lazy value; what holds none stays itself. */
export function replaceCollections(
  what: unknown,
  replace: (collection: Collection<unknown>) => unknown,
): unknown {
  return replaceInside(what, (leaf) => (isCollection(leaf) ? replace(leaf) : leaf));
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
