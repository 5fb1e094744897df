/** Reads the content of one cell, and says where it is when it is not as it should be. */

import { InvalidArgumentError } from "../../errors.js";
import type { Cell, Slot } from "./slots.js";

/** @param path from the JSON form's root. */
export function malformed(path: string, problem: string): InvalidArgumentError {
  return new InvalidArgumentError(
    `Graph.fromJSON(json): json${path.startsWith("[") || path === "" ? "" : "."}${path}`,
    problem,
    "Give what graph.toJSON() gave, unchanged, to a version of Skein at least as new.",
  );
}

export class CellReader {
  readonly path: string;
  readonly #cell: Cell;
  readonly #resolve: (slot: unknown, path: string) => unknown;

  constructor(cell: Cell, path: string, resolve: (slot: unknown, path: string) => unknown) {
    this.#cell = cell;
    this.path = path;
    this.#resolve = resolve;
  }

  string(at: number): string {
    const value = this.#cell[at];
    if (typeof value !== "string") throw this.fail(at, "a string is expected");
    return value;
  }

  number(at: number): number {
    const value = this.#cell[at];
    if (typeof value !== "number") throw this.fail(at, "a number is expected");
    return value;
  }

  /** False where nothing stands. */
  flag(at: number): boolean {
    const value = this.#cell[at] ?? false;
    if (typeof value !== "boolean") throw this.fail(at, "true or false is expected");
    return value;
  }

  /** The value of the slot at that place. */
  value(at: number): unknown {
    return this.#resolve(this.#cell[at], `${this.path}[${at}]`);
  }

  /** The values of an array of slots. */
  values(at: number): unknown[] {
    const slots = this.#cell[at];
    if (!Array.isArray(slots)) throw this.fail(at, "an array is expected");
    const path = `${this.path}[${at}]`;
    return (slots as readonly Slot[]).map((slot, i) => this.#resolve(slot, `${path}[${i}]`));
  }

  /** The names and values of an object of slots. */
  fields(at: number): [string, unknown][] {
    const record = this.#cell[at];
    if (typeof record !== "object" || record === null || Array.isArray(record)) {
      throw this.fail(at, "an object is expected");
    }
    const path = `${this.path}[${at}]`;
    return Object.entries(record).map(([name, slot]) => [
      name,
      this.#resolve(slot, `${path}[${JSON.stringify(name)}]`),
    ]);
  }

  fail(at: number, problem: string): InvalidArgumentError {
    return malformed(`${this.path}[${at}]`, problem);
  }
}
