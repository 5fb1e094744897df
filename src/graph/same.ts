/** Whether two definitions mean the same computation: what decides if one key may be given twice. */

import { CapturedVariableError, InvalidArgumentError, TokenizeError } from "../errors.js";
import { requireSelfContained } from "./free-variables/function-source.js";
import { moduleReference, type AnyFunction } from "./functions.js";
import { isStructure } from "./references.js";
import { Quoted, Ref } from "./ref.js";
import { Fused } from "./passes/fused.js";
import { Task } from "./task.js";
import { tokenize } from "./tokenize/tokenize.js";

/**
 * Structural equality of two graph entries. Functions are equal when they are the same function, the same function of
 * one task module, or of the same source with nothing captured; data is compared through arrays and plain objects,
 * binary data by bytes, everything else by token, or by identity where it has none. Iterative.
 */
export function sameNode(a: unknown, b: unknown): boolean {
  const pairs: [unknown, unknown][] = [[a, b]];
  // With every partner, since the two sides may be linked in circles of different length.
  const seen = new Map<object, Set<object>>();
  for (let pair = pairs.pop(); pair !== undefined; pair = pairs.pop()) {
    const [x, y] = pair;
    if (Object.is(x, y)) continue;
    if (typeof x === "function" && typeof y === "function") {
      if (!sameFunction(x as AnyFunction, y as AnyFunction)) return false;
      continue;
    }
    if (typeof x !== "object" || typeof y !== "object" || x === null || y === null) return false;
    const partners = seen.get(x);
    if (partners === undefined) seen.set(x, new Set([y]));
    else if (partners.has(y)) continue;
    else partners.add(y);
    if (!pushParts(x, y, pairs)) return false;
  }
  return true;
}

/** Two closures made by one expression may differ in what they captured, so those are never equal. */
function sameFunction(x: AnyFunction, y: AnyFunction): boolean {
  const reference = moduleReference(x);
  const other = moduleReference(y);
  if (reference !== undefined || other !== undefined) {
    return reference?.module === other?.module && reference?.name === other?.name;
  }
  const source = ownSource(x);
  return source !== undefined && source === ownSource(y);
}

/** The source of a function that its source says all about. */
function ownSource(fn: AnyFunction): string | undefined {
  try {
    return requireSelfContained(fn);
  } catch (error) {
    if (error instanceof CapturedVariableError || error instanceof InvalidArgumentError) return undefined;
    throw error;
  }
}

function pushParts(x: object, y: object, pairs: [unknown, unknown][]): boolean {
  if (Object.getPrototypeOf(x) !== Object.getPrototypeOf(y)) return false;
  if (x instanceof Ref) return x.key === (y as Ref).key;
  if (x instanceof Quoted) return pairs.push([x.value, (y as Quoted).value]) > 0;
  if (x instanceof Fused) {
    // Its function and arguments follow from its parts, and are made anew for each fused task.
    const other = y as Fused;
    pairs.push([x.parts, other.parts], [x.controls, other.controls], [x.options, other.options]);
    return true;
  }
  if (x instanceof Task) {
    const other = y as Task;
    pairs.push(
      [x.fn, other.fn],
      [x.args, other.args],
      [x.controls, other.controls],
      [x.options, other.options],
    );
    return true;
  }
  if (ArrayBuffer.isView(x)) return sameBytes(x, y as ArrayBufferView);
  if (!isStructure(x)) return sameToken(x, y);
  // Holes have no names.
  if (Array.isArray(x) && x.length !== (y as unknown[]).length) return false;
  const names = Object.keys(x);
  if (names.length !== Object.keys(y).length) return false;
  for (const name of names) {
    if (!Object.hasOwn(y, name)) return false;
    pairs.push([(x as Record<string, unknown>)[name], (y as Record<string, unknown>)[name]]);
  }
  return true;
}

function sameToken(x: object, y: object): boolean {
  try {
    return tokenize(x) === tokenize(y);
  } catch (error) {
    if (error instanceof TokenizeError) return false;
    throw error;
  }
}

function sameBytes(x: ArrayBufferView, y: ArrayBufferView): boolean {
  if (x.byteLength !== y.byteLength) return false;
  const a = new Uint8Array(x.buffer, x.byteOffset, x.byteLength);
  const b = new Uint8Array(y.buffer, y.byteOffset, y.byteLength);
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
