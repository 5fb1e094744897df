/**
 * When two elements are the same: what `distinct`, `frequencies`, `groupBy`, `foldBy` and `join` go by.
 *
 * Primitives are the same by SameValueZero (NaN is NaN, 0 is -0, 1 is not "1"). Arrays, plain objects and dates
 * are the same when their contents are, whatever the order of an object's keys. Other objects go by their token;
 * functions and symbols by identity.
 */

import { isPlainObject } from "../../graph/references.js";
import { tokenize } from "../../graph/tokenize/tokenize.js";

/** Begins the strings that stand for structures, and escapes the user's strings that begin like them. */
const mark = "\u0000";

/** Larger structures, and circular ones, go by their token. */
const largestWritten = 1_000;

/**
 * A value for which `Map` and `Set` mean the same as this module does: equal elements have the same identity.
 *
 * @throws TokenizeError for an object that has no stable form.
 */
export function identityOf(value: unknown): unknown {
  if (typeof value === "string") return value.startsWith(mark) ? mark + value : value;
  if (typeof value !== "object" || value === null) return value;
  const budget = { left: largestWritten };
  const text = write(value, budget);
  return budget.left >= 0 ? `${mark}(${text}` : `${mark}#${tokenize(value)}`;
}

function write(value: unknown, budget: { left: number }): string {
  budget.left -= 1;
  if (budget.left < 0) return "";
  switch (typeof value) {
    case "string":
      return JSON.stringify(value);
    case "number":
      return value === 0 ? "0" : String(value);
    case "bigint":
      return `${value}n`;
    case "boolean":
    case "undefined":
      return String(value);
    default:
  }
  if (value === null) return "null";
  if (Array.isArray(value)) return `[${Array.from(value, (item) => write(item, budget)).join()}]`;
  if (value instanceof Date) return `date ${value.getTime()}`;
  if (!isPlainObject(value)) return `#${tokenize(value)}`;
  const names = Object.keys(value).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${write(value[name], budget)}`).join()}}`;
}
