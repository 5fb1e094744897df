/** Functions as cells: by task module, by built-in name, or by source. */

import { InvalidArgumentError } from "../../errors.js";
import { pack } from "../add-node.js";
import { builtInByName, builtInName } from "../free-variables/built-in-names.js";
import { evaluateSource } from "../free-variables/evaluate-source.js";
import {
  functionSource,
  isNative,
  rememberSource,
  requireSelfContained,
} from "../free-variables/function-source.js";
import { moduleReference, unwrapFunction, type AnyFunction } from "../functions.js";
import type { CellReader } from "./cell-reader.js";
import { moduleFunction } from "./module-function.js";
import type { Cell } from "./slots.js";

/** Undefined for a function that is neither named nor has a source. @throws CapturedVariableError */
export function functionCell(fn: AnyFunction): Cell | undefined {
  const call = unwrapFunction(fn);
  if (call === pack) return ["pack"];
  const reference = moduleReference(fn) ?? moduleReference(call);
  if (reference !== undefined) return ["module", reference.module, reference.name];
  const builtIn = builtInName(call);
  if (builtIn !== undefined) return ["builtin", builtIn];
  return isNative(call) ? undefined : ["source", call.name, requireSelfContained(call)];
}

type ReadFunction = (cell: CellReader) => AnyFunction;

const readers: ReadonlyMap<string, ReadFunction> = new Map<string, ReadFunction>([
  ["module", (cell) => moduleFunction({ module: cell.string(1), name: cell.string(2) })],
  ["pack", () => pack],
  [
    "builtin",
    (cell) => {
      const fn = builtInByName(cell.string(1));
      if (fn === undefined) throw cell.fail(1, "this version of Node has no such function");
      return fn;
    },
  ],
  ["source", (cell) => sourceFunction(cell)],
]);

/** How cells of that name are read; undefined when they are no functions. */
export function functionReader(name: string): ReadFunction | undefined {
  return readers.get(name);
}

/** Parsed now, so that what cannot run is refused now; evaluated when first called. */
function sourceFunction(cell: CellReader): AnyFunction {
  const source = cell.string(2);
  let made: AnyFunction | undefined;
  const fn = function (this: unknown, ...args: never[]): unknown {
    made ??= evaluateSource(source);
    return Reflect.apply(made, this, args);
  };
  Object.defineProperty(fn, "name", { value: cell.string(1), configurable: true });
  try {
    rememberSource(fn, source);
  } catch (error) {
    throw error instanceof InvalidArgumentError ? cell.fail(2, error.message) : error;
  }
  const { captured } = functionSource(fn);
  if (captured.length > 0) throw cell.fail(2, `the function uses ${captured.join(", ")} from outside itself`);
  return fn;
}
