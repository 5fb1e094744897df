/**
 * Writes values as slots, and what they refer to as cells. A cell is numbered when its value is first met and
 * written later, from a queue: no recursion, and every object is written once.
 */

import { InvalidArgumentError } from "../../errors.js";
import type { AnyFunction } from "../functions.js";
import { Ref } from "../ref.js";
import { functionCell } from "./function-cells.js";
import { kindOf } from "./kinds.js";
import { refused } from "./refused.js";
import type { Cell, Slot } from "./slots.js";

/** Where a cell's value was first met: for error messages only. */
interface Origin {
  /** The cell that holds it; -1 when a node does. */
  readonly holder: number;
  readonly step: string;
}

export class GraphWriter {
  readonly #cells: Cell[] = [];
  readonly #values: object[] = [];
  readonly #origins: Origin[] = [];
  readonly #numbers = new Map<object, number>();

  /** The slot of a node's value. @param where names the node and the place in it. */
  slot(value: unknown, where: string): Slot {
    return this.#slot(value, -1, where);
  }

  /** Writes all cells that slots refer to. */
  finish(): readonly Cell[] {
    for (let at = 0; at < this.#values.length; at++) this.#cells.push(this.#cell(at));
    return this.#cells;
  }

  #slot(value: unknown, holder: number, step: string): Slot {
    switch (typeof value) {
      case "string":
      case "boolean":
        return value;
      case "number":
        return Number.isFinite(value) && !Object.is(value, -0) ? value : ["number", numberName(value)];
      case "undefined":
        return ["undefined"];
      case "bigint":
        return ["bigint", String(value)];
      case "symbol": {
        const key = Symbol.keyFor(value);
        if (key === undefined) throw this.#error(refused(value), { holder, step });
        return ["symbol", key];
      }
      default:
        if (value === null) return null;
        if (value instanceof Ref) return ["ref", value.key];
        return [this.#number(value as object, holder, step)];
    }
  }

  #number(value: object, holder: number, step: string): number {
    let number = this.#numbers.get(value);
    if (number === undefined) {
      number = this.#values.push(value) - 1;
      this.#origins.push({ holder, step });
      this.#numbers.set(value, number);
    }
    return number;
  }

  #cell(at: number): Cell {
    const value = this.#values[at] as object;
    const origin = this.#origins[at] as Origin;
    if (typeof value === "function") {
      const cell = functionCell(value as AnyFunction);
      if (cell === undefined) throw this.#error(refused(value), origin);
      return cell;
    }
    const kind = kindOf(value);
    if (kind === undefined) throw this.#error(refused(value), origin);
    return [kind.name, ...kind.write(value, (part, step) => this.#slot(part, at, step))];
  }

  #error(problem: readonly [what: string, remedy: string], origin: Origin): InvalidArgumentError {
    const steps: string[] = [];
    for (let at: Origin | undefined = origin; at !== undefined; at = this.#origins[at.holder])
      steps.push(at.step);
    return new InvalidArgumentError(`graph.toJSON(): ${steps.reverse().join("")}`, ...problem);
  }
}

function numberName(value: number): "NaN" | "Infinity" | "-Infinity" | "-0" {
  if (Number.isNaN(value)) return "NaN";
  if (value === 0) return "-0";
  return value > 0 ? "Infinity" : "-Infinity";
}
