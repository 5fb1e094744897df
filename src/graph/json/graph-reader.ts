/**
 * Reads the heap back: first every cell's object is made, then all are filled, so that they may refer to one
 * another in any way. Trusts nothing about its input.
 */

import { Ref } from "../ref.js";
import { CellReader, malformed } from "./cell-reader.js";
import { functionReader } from "./function-cells.js";
import { kindNamed } from "./kinds.js";
import type { Cell } from "./slots.js";

export class GraphReader {
  readonly #nodes: readonly unknown[];
  readonly #objects: object[] = [];

  /** @throws InvalidArgumentError naming the place where `json` is malformed. */
  constructor(json: unknown) {
    const { version, nodes, heap } = record(json, "");
    if (version !== 1)
      throw malformed("version", `this version of Skein reads 1, and got ${JSON.stringify(version)}`);
    this.#nodes = list(nodes, "nodes");
    const cells = list(heap, "heap").map((cell, at) => this.#cell(cell, `heap[${at}]`));
    for (const { name, cell } of cells) this.#objects.push(make(name, cell));
    cells.forEach(({ name, cell }, at) => kindNamed(name)?.fill?.(this.#objects[at] as object, cell));
  }

  /** The keys, and what is written under them. */
  entries(): (readonly [string, unknown])[] {
    return this.#nodes.map((entry, at) => {
      const [key, node] = list(entry, `nodes[${at}]`);
      if (typeof key !== "string" || key === "") throw malformed(`nodes[${at}][0]`, "a key is expected");
      return [key, node] as const;
    });
  }

  /** The value of a slot. */
  value(slot: unknown, path: string): unknown {
    if (typeof slot === "string" || typeof slot === "number" || typeof slot === "boolean" || slot === null) {
      return slot;
    }
    const [tag, content] = list(slot, path);
    if (typeof tag === "number") {
      const found = this.#objects[tag];
      if (found === undefined) throw malformed(path, `the heap has no cell ${tag}`);
      return found;
    }
    const scalar = typeof tag === "string" && scalars.has(tag) ? scalars.get(tag)?.(content) : undefined;
    if (scalar === undefined) throw malformed(path, `${JSON.stringify(slot)} stands for no value`);
    return scalar.value;
  }

  #cell(cell: unknown, path: string): { readonly name: string; readonly cell: CellReader } {
    const [name] = list(cell, path);
    if (typeof name !== "string") throw malformed(`${path}[0]`, "the name of a kind of object is expected");
    return { name, cell: new CellReader(cell as Cell, path, (slot, at) => this.value(slot, at)) };
  }
}

function make(name: string, cell: CellReader): object {
  const kind = kindNamed(name);
  if (kind !== undefined) return kind.make(cell);
  const read = functionReader(name);
  if (read === undefined) throw cell.fail(0, `there is no kind of object called ${JSON.stringify(name)}`);
  return read(cell);
}

type Scalar = { readonly value: unknown } | undefined;

const scalars: ReadonlyMap<string, (content: unknown) => Scalar> = new Map<
  string,
  (content: unknown) => Scalar
>([
  ["undefined", () => ({ value: undefined })],
  [
    "number",
    (text) =>
      text === "NaN" || text === "Infinity" || text === "-Infinity" || text === "-0"
        ? { value: Number(text) }
        : undefined,
  ],
  [
    "bigint",
    (text) => (typeof text === "string" && /^-?\d+$/.test(text) ? { value: BigInt(text) } : undefined),
  ],
  ["symbol", (key) => (typeof key === "string" ? { value: Symbol.for(key) } : undefined)],
  ["ref", (key) => (typeof key === "string" && key !== "" ? { value: new Ref(key) } : undefined)],
]);

/** @throws InvalidArgumentError unless `value` is an object. */
export function record(value: unknown, path: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw malformed(path, "an object is expected");
  return value as Readonly<Record<string, unknown>>;
}

/** @throws InvalidArgumentError unless `value` is an array. */
export function list(value: unknown, path: string): readonly unknown[] {
  if (!Array.isArray(value)) throw malformed(path, "an array is expected");
  return value as readonly unknown[];
}
