/**
 * The source of a function, made ready to travel: an expression that gives the same function wherever it is
 * evaluated, provided nothing is captured.
 */

import { CapturedVariableError, InvalidArgumentError } from "../../errors.js";
import type { AnyFunction } from "../functions.js";
import { analyseSource, type SourceAnalysis } from "./free-variables.js";

export interface FunctionSource {
  /** An expression for `evaluateSource`. */
  readonly source: string;
  /** What the function takes from outside itself; see `freeVariables`. Empty: the source alone is the function. */
  readonly captured: readonly string[];
}

// Caches that no result depends on: the source of a function never changes. The one by text is for functions that a
// loop makes again and again.
const byFunction = new WeakMap<AnyFunction, FunctionSource>();
const byText = new Map<string, FunctionSource>();
const mostTexts = 1000;

/**
 * The normalised source of `fn` and what it captures, worked out once per function. Methods, getters and setters
 * become method expressions; the `__name(…)` calls of esbuild and tsx are taken out.
 *
 * @throws InvalidArgumentError for built-in and bound functions, which have no source.
 */
export function functionSource(fn: AnyFunction): FunctionSource {
  let found = byFunction.get(fn);
  if (found === undefined) {
    if (isNative(fn)) {
      throw new InvalidArgumentError(
        `The function ${fn.name || "(anonymous)"}`,
        "it is built into the engine or bound, and so has no source",
        "Wrap it in a function of your own, such as (...args) => fn(...args), in a task module.",
      );
    }
    found = sourceOf(Function.prototype.toString.call(fn), fn.name);
    byFunction.set(fn, found);
  }
  return found;
}

function sourceOf(text: string, name: string): FunctionSource {
  // The name of a method is part of its expression.
  const id = `${name} ${text}`;
  let found = byText.get(id);
  if (found === undefined) {
    const analysis = analyseSource(text);
    found = { source: normalise(analysis, name), captured: analysis.captured };
    if (byText.size >= mostTexts) byText.clear();
    byText.set(id, found);
  }
  return found;
}

/** Tells {@link functionSource} what `fn` was made from, when its own text says something else. */
export function rememberSource(fn: AnyFunction, source: string): void {
  const { captured } = analyseSource(source);
  byFunction.set(fn, { source, captured });
}

/**
 * The source of `fn`, when it stands on its own.
 *
 * @throws CapturedVariableError naming what it uses from outside itself.
 * @throws InvalidArgumentError for built-in and bound functions, which have no source.
 */
export function requireSelfContained(fn: AnyFunction): string {
  const { source, captured } = functionSource(fn);
  if (captured.length > 0) throw new CapturedVariableError(fn.name, captured);
  return source;
}

/** Whether `fn` is built into the engine or bound: its text is `[native code]`. */
export function isNative(fn: AnyFunction): boolean {
  return /\{\s*\[native code\]\s*\}\s*$/.test(Function.prototype.toString.call(fn));
}

function normalise({ parsed, nameCalls }: SourceAnalysis, name: string): string {
  const { text, node, method } = parsed;
  // `__name(value, "name")` becomes `(value)`, which names anonymous functions just as well.
  const cuts: { readonly from: number; readonly to: number; readonly put: string }[] = [];
  for (const call of nameCalls) {
    const [value] = call.arguments;
    if (value === undefined) continue;
    cuts.push({ from: call.start, to: value.start, put: "(" }, { from: value.end, to: call.end, put: ")" });
  }
  cuts.sort((a, b) => a.from - b.from);
  let at = method?.parametersAt ?? node.start;
  let body = "";
  for (const { from, to, put } of cuts) {
    body += text.slice(at, from) + put;
    at = to;
  }
  body += text.slice(at, node.end);
  if (method === undefined) return body;
  const key = JSON.stringify(name);
  return `({ ${method.async ? "async " : ""}${method.generator ? "*" : ""}[${key}]${body} })[${key}]`;
}
