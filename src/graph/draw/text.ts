/** The words in a drawing. */

import { pack } from "../add-node.js";
import { moduleReference } from "../functions.js";
import { keyLabel, keyPrefix } from "../key-name.js";
import { Fused } from "../passes/fused.js";
import type { Part } from "../passes/part-program.js";
import { Quoted, Ref } from "../ref.js";
import { Task } from "../task.js";
import { printable } from "./printable.js";

const longestLine = 30;

/** What a box says: what its key is called, and what is called or held. */
export function linesOf(key: string, node: unknown): string[] {
  const lines = [keyLabel(key), ...detailsOf(key, node)];
  return lines.map((line) => cut(printable(line)));
}

function detailsOf(key: string, node: unknown): string[] {
  if (node instanceof Ref) return [];
  if (!(node instanceof Task)) return [preview(node)];
  const name = functionName(node);
  // A key that is called like its function says it already.
  if (name === "" || name === keyPrefix(key)) return [];
  if (!(node instanceof Fused) || name.length <= longestLine) return [name];
  return partNames(node, mostLines).map((part, at) => (at === 0 ? part : `→ ${part}`));
}

/** More parts than these are not all named: a box would be too high, a name too long. */
const mostLines = 4;
const mostNames = 20;

/** The function's name; of a fused task, its parts' names: `load → parse → sum`. Empty where there is none. */
export function functionName(task: Task): string {
  if (task instanceof Fused) return partNames(task, mostNames).join(" → ");
  if (task.fn === pack) return "";
  return moduleReference(task.fn)?.name ?? task.fn.name;
}

/** The parts' names; of more than `most`, the first ones, how many were left out, and the last. */
function partNames({ parts }: Fused, most: number): string[] {
  const nameOf = ({ key, task }: Part): string => functionName(task) || keyLabel(key);
  if (parts.length <= most) return parts.map(nameOf);
  const first = parts.slice(0, most - 2).map(nameOf);
  return [...first, `… ${parts.length - most + 1} more`, ...parts.slice(-1).map(nameOf)];
}

/** A value in a few letters, whatever its size. */
export function preview(value: unknown): string {
  if (value instanceof Quoted) return preview(value.value);
  switch (typeof value) {
    case "string":
      return JSON.stringify(value.slice(0, longestLine));
    case "bigint":
      return `${String(value).slice(0, longestLine)}n`;
    case "function":
      return `${value.name || "function"}()`;
    case "object":
      return value === null ? "null" : previewObject(value);
    default:
      return Object.is(value, -0) ? "-0" : String(value);
  }
}

function previewObject(value: object): string {
  if (Array.isArray(value)) {
    const isShort = value.length <= 4 && value.every((part) => typeof part !== "object" || part === null);
    return isShort ? `[${value.map((part) => preview(part)).join(", ")}]` : `Array(${value.length})`;
  }
  const prototype = Object.getPrototypeOf(value) as { constructor?: { name?: unknown } } | null;
  if (prototype === null || prototype === Object.prototype) {
    return `{ ${Object.keys(value).slice(0, 5).join(", ")} }`;
  }
  const type = typeof prototype.constructor?.name === "string" ? prototype.constructor.name : "object";
  if (value instanceof Date || value instanceof RegExp || value instanceof URL) return String(value);
  if (value instanceof Map || value instanceof Set) return `${type}(${value.size})`;
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
    return `${type}(${(value as { length?: number }).length ?? value.byteLength})`;
  }
  return type;
}

/** At most {@link longestLine} characters; more are cut from the middle, since names differ at their ends. */
export function cut(text: string): string {
  const letters = Array.from(text.slice(0, 4 * longestLine));
  if (text.length <= longestLine || letters.length <= longestLine) return text;
  const tail = Array.from(text.slice(-longestLine)).slice(-(longestLine / 3));
  return `${letters.slice(0, longestLine - tail.length - 1).join("")}…${tail.join("")}`;
}
