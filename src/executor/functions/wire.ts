/**
 * Functions as they travel: by module and name where they have one, as source where that says all, never as a
 * closure. And back again, in a thread that has loaded the modules it needs.
 */

import { kernelTable } from "../../collections/kernel.js";
import { bagKernels } from "../../collections/bag/kernels/table.js";
import { InlineRefusedError, UnknownTaskError } from "../../errors.js";
import * as graphKernels from "../../graph/add-node.js";
import {
  moduleReference,
  unwrapFunction,
  type AnyFunction,
  type ModuleReference,
} from "../../graph/functions.js";
import { builtInByName, builtInName } from "../../graph/free-variables/built-in-names.js";
import { evaluateSource } from "../../graph/free-variables/evaluate-source.js";
import { requireSelfContained } from "../../graph/free-variables/function-source.js";
import type { WireFunction } from "../../protocol/messages.js";
import * as fusedKernels from "./fused-kernel.js";
import { moduleDigest } from "./module-digest.js";
import { functionPolicy } from "./policy.js";
import { loadedTask } from "./task-modules.js";

/** The module under which the engine's own functions are known everywhere. */
const builtIns = "globalThis";

/** The library's own modules of functions, by the name that tasks refer to. */
const kernels: ReadonlyMap<string, ReadonlyMap<string, AnyFunction>> = new Map([
  ["skein:bag", bagKernels],
  ["skein:graph", kernelTable([graphKernels, fusedKernels])],
]);

// Caches that no result depends on: the form of a function never changes.
const wireOf = new WeakMap<AnyFunction, WireFunction>();
const bySource = new Map<string, AnyFunction>();

/**
 * How `fn` travels.
 *
 * @throws CapturedVariableError for a closure, InvalidArgumentError for a bound function.
 */
export function toWire(fn: AnyFunction): WireFunction {
  const call = unwrapFunction(fn);
  let wire = wireOf.get(call);
  if (wire === undefined) {
    wire = describeFunction(call);
    wireOf.set(call, wire);
  }
  return wire;
}

function describeFunction(fn: AnyFunction): WireFunction {
  const reference = moduleReference(fn);
  if (reference !== undefined) return referenced(reference);
  const name = builtInName(fn);
  if (name !== undefined) return { kind: "module", module: builtIns, name };
  return { kind: "inline", name: fn.name, source: requireSelfContained(fn) };
}

/** The library's own functions are the same wherever it is. */
function referenced(reference: ModuleReference): WireFunction {
  const digest = kernels.has(reference.module) ? undefined : moduleDigest(reference.module);
  return { kind: "module", ...reference, ...(digest === undefined ? {} : { digest }) };
}

/**
 * The function that `wire` stands for.
 *
 * @throws InlineRefusedError for one that travels as source, where that is not allowed.
 * @throws ModuleNotLoaded when its task module has yet to be loaded here.
 * @throws UnknownTaskError when its module has no such task.
 */
export function fromWire(wire: WireFunction): AnyFunction {
  if (wire.kind === "inline") {
    let fn = bySource.get(wire.source);
    if (fn === undefined) {
      if (!functionPolicy().allowInline) throw new InlineRefusedError(wire.name);
      fn = evaluateSource(wire.source);
      bySource.set(wire.source, fn);
    }
    return fn;
  }
  const { module, name } = wire;
  const known = module === builtIns ? undefined : kernels.get(module);
  const fn =
    module === builtIns
      ? builtInByName(name)
      : known === undefined
        ? loadedTask(module, name, wire.digest)
        : known.get(name);
  if (fn === undefined) throw new UnknownTaskError(module, name, [...(known?.keys() ?? [])]);
  return fn;
}
