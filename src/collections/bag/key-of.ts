/** What elements are grouped, joined or ranked by: a function of the element, or the name of a property. */

import type { AnyFunction } from "../../graph/functions.js";
import { atOnce } from "./thenable.js";

/** As it stands among a task's arguments. A name travels better than a function, and reads better. */
export type KeySpec = AnyFunction | string | number;

/** The function that finds an element's key. It throws InvalidArgumentError for a key that is a promise. */
export function keyFinder(by: KeySpec, callback: string): (value: unknown) => unknown {
  if (typeof by !== "function") return (value) => (value as Record<string | number, unknown>)[by];
  const find = by as (value: unknown) => unknown;
  return (value) => atOnce(find(value), callback);
}
