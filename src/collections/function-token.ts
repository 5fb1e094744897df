/** What a function is known by inside keys. */

import { TokenizeError } from "../errors.js";
import type { AnyFunction } from "../graph/functions.js";
import { tokenize } from "../graph/tokenize/tokenize.js";
import { uniqueId } from "./unique.js";

// Remembers, and decides nothing: a function keeps its token for as long as it lives.
const tokens = new WeakMap<AnyFunction, string>();

/**
 * A string that stands for `fn`: made of its code when that says all there is to it, else given to this very
 * function object. So functions that could behave differently never share one, and the same object always has the
 * same.
 */
export function functionToken(fn: AnyFunction): string {
  const known = tokens.get(fn);
  if (known !== undefined) return known;
  const token = codeToken(fn) ?? uniqueId();
  tokens.set(fn, token);
  return token;
}

function codeToken(fn: AnyFunction): string | undefined {
  try {
    return tokenize(fn);
  } catch (error) {
    if (error instanceof TokenizeError) return undefined;
    throw error;
  }
}
