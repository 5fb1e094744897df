/** Which names a function's source takes from outside itself. */

import type { CallExpression } from "acorn";
import { isEnvironmentProbe, isKnownGlobal } from "./known-globals.js";
import { parseFunction, type ParsedFunction } from "./parse-function.js";
import { walkScopes } from "./scope-walk.js";

export interface SourceAnalysis {
  readonly parsed: ParsedFunction;
  /** What the source needs from outside, each once, in order of appearance. */
  readonly captured: readonly string[];
  /** Calls of esbuild's `__name` helper, which are no captured variable: they can be taken out of the source. */
  readonly nameCalls: readonly CallExpression[];
}

/**
 * The variables that a function with this source uses and does not bind itself, each once, in order of appearance.
 *
 * Besides variables these count, each under the name in quotes: `this`, `super`, `new.target` and `arguments` of the
 * function around an arrow; `#private` names of a class around it; `import.meta`; `eval`, whose text could name
 * anything; and `import("./relative")`, which would be looked up beside another file. Not counted are the globals of
 * Node 20, `import()` of packages, and `typeof window` and the like, by which code asks where it runs. A variable
 * that shadows a global (`import { URL } from "./my-url.js"`) cannot be told from the global.
 *
 * @throws InvalidArgumentError when `source` is not one function, class or method.
 */
export function freeVariables(source: string): string[] {
  return [...analyseSource(source).captured];
}

/** {@link freeVariables} with the syntax tree it was read from. */
export function analyseSource(source: string): SourceAnalysis {
  const parsed = parseFunction(source);
  const { free, probed, nameCalls } = walkScopes(parsed.node, parsed.sloppy);
  const helpers = new Set(nameCalls.map((call) => call.callee.start));
  const captured = new Set<string>();
  for (const { name, at } of free) {
    if (isKnownGlobal(name) || helpers.has(at)) continue;
    if (probed.has(name) && isEnvironmentProbe(name)) continue;
    captured.add(name);
  }
  return { parsed, captured: [...captured], nameCalls };
}
