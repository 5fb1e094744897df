/** Puts one entry into a graph under construction, checked. */

import { DuplicateKeyError, FunctionAsDataError, InvalidArgumentError } from "../errors.js";
import { markWrapper, type AnyFunction } from "./functions.js";
import { checkKey, isLazyMarked, Quoted, Ref } from "./ref.js";
import { inspect, isStructure } from "./references.js";
import { sameNode } from "./same.js";
import { Task } from "./task.js";

/** What an array or object with references or quotes inside becomes: a task that hands it out filled in. */
export function pack(value: unknown): unknown {
  return value;
}
markWrapper(pack, { call: pack, reference: { module: "skein:graph", name: "pack" } });

/**
 * @throws DuplicateKeyError when `key` already stands for a different task.
 * @throws FunctionAsDataError for a bare function, InvalidArgumentError for a lazy value, InvalidKeyError.
 */
export function addNode(nodes: Map<string, unknown>, key: string, value: unknown): void {
  checkKey(key, "Graph.of");
  const node = toNode(key, value);
  if (nodes.has(key)) {
    const known = nodes.get(key);
    if (known instanceof Quoted && known.finished) return;
    if (node instanceof Quoted && node.finished) nodes.set(key, node);
    else if (!sameNode(known, node)) throw new DuplicateKeyError(key);
    return;
  }
  nodes.set(key, node);
}

/** A Task, a Ref (alias) or plain data. */
function toNode(key: string, value: unknown): unknown {
  if (value instanceof Task || value instanceof Ref || value instanceof Quoted) return value;
  if (typeof value === "function") {
    const { name } = value as AnyFunction;
    throw new FunctionAsDataError(
      `Graph entry ${JSON.stringify(key)}`,
      name,
      `To call it, write task(${name || "fn"}, …).`,
    );
  }
  if (typeof value !== "object" || value === null) return value;
  if (isStructure(value)) {
    const { keys, quoted } = inspect([value], `graph entry ${JSON.stringify(key)}`);
    return keys.length === 0 && !quoted ? value : new Task(pack as AnyFunction, [value], keys);
  }
  if (isLazyMarked(value)) {
    throw new InvalidArgumentError(
      `Graph entry ${JSON.stringify(key)}`,
      "it is a lazy value, which has a graph of its own",
      "Merge its .graph, and use ref(lazy.key) here.",
    );
  }
  return value;
}
