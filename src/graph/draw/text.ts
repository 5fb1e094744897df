/** The words in a drawing. */

import { pack } from "../add-node.js";
import { moduleReference } from "../functions.js";
import { keyLabel, keyPrefix } from "../key-name.js";
import { Fused } from "../passes/fused.js";
import { Quoted, Ref } from "../ref.js";
import { Task } from "../task.js";
import { printable } from "./printable.js";

const longestLine = 30;

/** What a box says: what its key is called, and what is called or held. */
export function linesOf(key: string, node: unknown): string[] {
  const name = keyLabel(key);
  const detail = node instanceof Task ? functionName(node) : node instanceof Ref ? "" : preview(node);
  // A key that is called like its function says it already.
  const lines = detail === "" || detail === keyPrefix(key) ? [name] : [name, detail];
  return lines.map((line) => cut(printable(line)));
}

/** The function's name; of a fused task, its parts' names: `load → parse → sum`. Empty where there is none. */
export function functionName(task: Task): string {
  if (task instanceof Fused)
    return chainOf(task.parts.map((part) => functionName(part.task) || keyLabel(part.key)));
  if (task.fn === pack) return "";
  return moduleReference(task.fn)?.name ?? task.fn.name;
}

/** As many of the first parts as fit, how many were left out, and the last one. */
function chainOf(names: readonly string[]): string {
  const last = names.at(-1) ?? "";
  let chain = names.join(" → ");
  for (let shown = names.length - 2; shown > 0 && chain.length > longestLine; shown--) {
    chain = [...names.slice(0, shown), `… ${names.length - 1 - shown} more`, last].join(" → ");
  }
  return chain;
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
