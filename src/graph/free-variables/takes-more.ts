/** How many arguments a function makes use of. */

import type { AnyFunction } from "../functions.js";
import { isNative } from "./function-source.js";
import { parseFunction } from "./parse-function.js";

/** Whether `fn` may make use of more than `count` arguments; of a function without source one cannot know. */
export function takesMore(fn: AnyFunction, count: number): boolean {
  if (fn.length > count || isNative(fn)) return true;
  const text = Function.prototype.toString.call(fn);
  if (/\barguments\b/.test(text)) return true;
  // Defaults and rest parameters do not count in `length`.
  const { node } = parseFunction(text);
  const found = node.type === "Property" || node.type === "MethodDefinition" ? node.value : node;
  if (!("params" in found)) return true;
  return found.params.length > count || found.params.at(-1)?.type === "RestElement";
}
