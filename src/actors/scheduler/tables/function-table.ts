/**
 * The functions that tasks name, each once, by number. A number is free again when the last task with it is gone,
 * and may then stand for another function: whoever remembers which numbers a worker knows is told by `freed`.
 */

import type { WireFunction } from "../../../protocol/messages.js";
import { grown } from "./grow.js";

export class FunctionTable {
  readonly #functions: (WireFunction | undefined)[] = [];
  readonly #numberOf = new Map<string, number>();
  readonly #free: number[] = [];
  #uses = new Int32Array(16);
  /** Numbers that came free since this was last emptied. */
  freed: number[] = [];

  /** The number of `fn`, which is new or known. It stays only while `use`d. */
  intern(fn: WireFunction): number {
    const identity = identityOf(fn);
    const known = this.#numberOf.get(identity);
    if (known !== undefined) return known;
    const number = this.#free.pop() ?? this.#functions.length;
    if (number === this.#uses.length) this.#uses = grown(this.#uses, number * 2);
    this.#functions[number] = fn;
    this.#numberOf.set(identity, number);
    return number;
  }

  get(number: number): WireFunction {
    return this.#functions[number]!;
  }

  uses(number: number): number {
    return this.#uses[number]!;
  }

  use(number: number): void {
    this.#uses[number]!++;
  }

  /** One task less names it. */
  drop(number: number): void {
    if (--this.#uses[number]! > 0) return;
    this.#remove(number);
  }

  /** Lets go of functions that a refused submission brought and no task uses. */
  dropUnused(numbers: Iterable<number>): void {
    for (const number of numbers) {
      if (this.#uses[number] === 0 && this.#functions[number] !== undefined) this.#remove(number);
    }
  }

  #remove(number: number): void {
    this.#numberOf.delete(identityOf(this.get(number)));
    this.#functions[number] = undefined;
    this.#free.push(number);
    this.freed.push(number);
  }
}

function identityOf(fn: WireFunction): string {
  return fn.kind === "module"
    ? `m\0${fn.module}\0${fn.name}\0${fn.digest ?? ""}`
    : `i\0${fn.name}\0${fn.source}`;
}
