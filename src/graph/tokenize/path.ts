/** Where in the values a container's part stands, for error messages: `args[0].sizes[3]`. */

import type { Frame } from "./frame.js";

const identifier = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;

/** The path of the part that the innermost of `frames` has just taken up. */
export function pathTo(frames: readonly Frame[]): string {
  return frames.map((frame) => stepTo(frame, frame.at - 1)).join("");
}

function stepTo({ form, value }: Frame, at: number): string {
  switch (form.steps) {
    case "arguments":
      return `args[${at}]`;
    case "list":
      return `[${at}]`;
    case "set":
      return `.values()[${at}]`;
    case "map":
      return at % 2 === 0 ? `.keys()[${at / 2}]` : mapStep(form.parts[at - 1], (at - 1) / 2);
    default:
      return nameStep(form.steps[at] ?? "", Array.isArray(value));
  }
}

function mapStep(key: unknown, at: number): string {
  return typeof key === "string" || typeof key === "number"
    ? `.get(${JSON.stringify(key)})`
    : `.values()[${at}]`;
}

function nameStep(name: string, inArray: boolean): string {
  if (identifier.test(name)) return `.${name}`;
  if (inArray && /^\d+$/.test(name)) return `[${name}]`;
  return name.startsWith("[Symbol.for(") || name.endsWith("()") ? name : `[${JSON.stringify(name)}]`;
}
