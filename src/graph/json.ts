/**
 * The JSON form of a graph. It survives `JSON.stringify`, whatever the graph holds: all that a structured clone
 * keeps, references, quotes, shared and circular structure, and functions by what they can be found or made from.
 *
 * It is flat. A value that fits into JSON stands where it is used; everything that has an identity, or that JSON
 * does not know, is a cell of the heap and is referred to by its number. So nothing is nested, however deep the
 * value was, and no key of a user's object is ever taken for a tag.
 */

import { addNode } from "./add-node.js";
import { GraphReader } from "./json/graph-reader.js";
import { GraphWriter } from "./json/graph-writer.js";
import { nodeFromJson, nodeToJson } from "./json/nodes.js";
import type { Cell, NodeJson } from "./json/slots.js";

export interface GraphJson {
  readonly version: 1;
  /** The keys in order, each with what stands under it. */
  readonly nodes: readonly (readonly [key: string, node: NodeJson])[];
  readonly heap: readonly Cell[];
}

/**
 * @throws CapturedVariableError for an inline function that uses variables from outside itself.
 * @throws InvalidArgumentError for a value that has no JSON form, naming its key and the path inside the value.
 */
export function graphToJson(nodes: ReadonlyMap<string, unknown>): GraphJson {
  const writer = new GraphWriter();
  const written = [...nodes].map(
    ([key, node]) => [key, nodeToJson(node, writer, JSON.stringify(key))] as const,
  );
  return { version: 1, nodes: written, heap: writer.finish() };
}

/**
 * The entries that `graphToJson` was given. Inline functions are compiled, and task modules imported, when first
 * called.
 *
 * @throws InvalidArgumentError naming the place where `json` is not what `graphToJson` writes.
 */
export function nodesFromJson(json: GraphJson): Map<string, unknown> {
  const reader = new GraphReader(json);
  const nodes = new Map<string, unknown>();
  reader.entries().forEach(([key, node], at) => {
    addNode(nodes, key, nodeFromJson(node, reader, `nodes[${at}][1]`));
  });
  return nodes;
}
