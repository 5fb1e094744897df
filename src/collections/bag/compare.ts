/** The order of elements, for `min`, `max` and `topK`. */

import { describe, InvalidArgumentError } from "../../errors.js";

/**
 * Below 0 when `a` comes before `b`, above 0 when after, 0 when neither. Numbers and bigints compare with each
 * other, strings by UTF-16 code units, dates by time, false before true; NaN comes before every number.
 *
 * @throws InvalidArgumentError for other values, and for two of different kinds.
 */
export function compare(a: unknown, b: unknown, operation: string): number {
  const kind = kindOf(a, operation);
  if (kind !== kindOf(b, operation)) {
    throw new InvalidArgumentError(
      operation,
      `the bag has both ${describe(a)} and ${describe(b)}, which have no order between them`,
      "Map the elements to one kind first.",
    );
  }
  // Relational operators take all the kinds there are; the types know only of numbers.
  const x = a as number;
  const y = b as number;
  if (x < y) return -1;
  if (x > y) return 1;
  return Number(isNotANumber(y)) - Number(isNotANumber(x));
}

/** Whether `value` is NaN or a date that is none. */
export function isNotANumber(value: unknown): boolean {
  return Number.isNaN(value instanceof Date ? value.getTime() : value);
}

/** @throws InvalidArgumentError for a value that has no order. */
function kindOf(value: unknown, operation: string): "number" | "string" | "boolean" | "date" {
  switch (typeof value) {
    case "number":
    case "bigint":
      return "number";
    case "string":
      return "string";
    case "boolean":
      return "boolean";
    default:
  }
  if (value instanceof Date) return "date";
  throw new InvalidArgumentError(
    operation,
    `an element is ${describe(value)}, which has no order`,
    "Numbers, bigints, strings, booleans and dates have one: map the elements to such, or filter this one out.",
  );
}
