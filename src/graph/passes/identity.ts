/**
 * Which calls only hand their argument on. Told by the function's own source: nothing else can be meant by
 * `(x) => x`, and anything longer is left to run.
 */

import type { AnyFunction } from "../functions.js";
import { Ref } from "../ref.js";
import type { Task } from "../task.js";
import { sameSettings } from "./settings.js";

// After `return` no line may end before the value: the function would return nothing.
const arrow = /^\(?\s*([\w$]+)\s*\)?\s*=>\s*(?:\1|\{\s*return[ \t]+\1\s*;?\s*\})$/;
const declared = /^function\s*[\w$]*\s*\(\s*([\w$]+)\s*\)\s*\{\s*return[ \t]+\1\s*;?\s*\}$/;
const longestSource = 100;

/** Answers once for each function. */
export class Identities {
  readonly #known = new Map<AnyFunction, boolean>();

  /** Whether `task` gives the result of the one task it refers to, and does not say how it is to be run. */
  has(task: Task): boolean {
    return (
      task.args.length === 1 &&
      task.args[0] instanceof Ref &&
      sameSettings(task.options, {}) &&
      this.#isIdentity(task.fn)
    );
  }

  #isIdentity(fn: AnyFunction): boolean {
    const known = this.#known.get(fn);
    if (known !== undefined) return known;
    const source = fn.length === 1 ? Function.prototype.toString.call(fn) : "";
    const identity = source.length <= longestSource && (arrow.test(source) || declared.test(source));
    this.#known.set(fn, identity);
    return identity;
  }
}
