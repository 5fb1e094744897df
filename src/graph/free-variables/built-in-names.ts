/**
 * The functions that come with every JavaScript engine and Node, by name: `Math.max`, `JSON.parse`, `parseFloat`,
 * `Array.from`, `String.prototype.trim`. They have no source to send or to hash, but their name says all.
 */

import type { AnyFunction } from "../functions.js";
import { isNative } from "./function-source.js";
import { knownGlobals } from "./known-globals.js";

interface BuiltIns {
  readonly nameOf: ReadonlyMap<AnyFunction, string>;
  readonly byName: ReadonlyMap<string, AnyFunction>;
}

// Derived from the globals when first asked for, and the same ever after.
let builtIns: BuiltIns | undefined;

/** The name by which every process finds the same built-in function; undefined for any other function. */
export function builtInName(fn: AnyFunction): string | undefined {
  return (builtIns ??= listBuiltIns()).nameOf.get(fn);
}

/** The built-in function of that name, as `builtInName` gives it. */
export function builtInByName(name: string): AnyFunction | undefined {
  return (builtIns ??= listBuiltIns()).byName.get(name);
}

function listBuiltIns(): BuiltIns {
  const nameOf = new Map<AnyFunction, string>();
  const byName = new Map<string, AnyFunction>();
  // The first name found is the name: `parseInt` is also `Number.parseInt`.
  const add = (fn: AnyFunction, name: string): void => {
    if (!nameOf.has(fn)) nameOf.set(fn, name);
    byName.set(name, fn);
  };
  const found = knownGlobals.map((name) => [name, dataProperty(globalThis, name)] as const);
  for (const [name, value] of found) if (typeof value === "function") add(value as AnyFunction, name);
  for (const [name, value] of found) {
    if (value === globalThis || !isObject(value)) continue;
    addMembers(value, name, add);
    const prototype = dataProperty(value, "prototype");
    if (isObject(prototype)) addMembers(prototype, `${name}.prototype`, add);
  }
  return { nameOf, byName };
}

/** Native members only: what a program has added to a built-in object is not there in another process. */
function addMembers(owner: object, ownerName: string, add: (fn: AnyFunction, name: string) => void): void {
  for (const name of Object.getOwnPropertyNames(owner)) {
    const value = dataProperty(owner, name);
    if (name !== "constructor" && typeof value === "function" && isNative(value as AnyFunction)) {
      add(value as AnyFunction, `${ownerName}.${name}`);
    }
  }
}

/** Reads without running getters: some globals warn or load a module when touched. */
function dataProperty(owner: object, name: string): unknown {
  return Object.getOwnPropertyDescriptor(owner, name)?.value;
}

function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}
