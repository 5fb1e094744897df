/** A graph's entries as they travel: which function, what kind of arguments, and the arguments' bytes. */

import { pack } from "../../graph/add-node.js";
import type { AnyFunction } from "../../graph/functions.js";
import { Fused } from "../../graph/passes/fused.js";
import { Quoted, Ref } from "../../graph/ref.js";
import { Task } from "../../graph/task.js";
import { taskFlags } from "../../protocol/messages.js";
import type { WireFunction } from "../../protocol/messages.js";
import { encodeValue } from "../values/codec.js";
import { fusedArguments, runFused } from "./fused-kernel.js";
import { toWire } from "./wire.js";

export interface EncodedTask {
  readonly fn: WireFunction;
  readonly flags: number;
  readonly args: Uint8Array;
}

const nothing = new Uint8Array();
const alias: EncodedTask = { fn: toWire(pack as AnyFunction), flags: taskFlags.argsAreRefs, args: nothing };

/**
 * @throws CapturedVariableError, UnserializableError naming the task and the place inside its arguments.
 */
export function encodeTask(key: string, node: unknown): EncodedTask {
  if (node instanceof Ref) return alias;
  if (!(node instanceof Task)) {
    const value = node instanceof Quoted ? node.value : node;
    const args = encodeValue(value, { what: "the data under", key });
    return { fn: alias.fn, flags: taskFlags.literal, args };
  }
  const pure = node.options.pure === true ? taskFlags.pure : 0;
  if (node instanceof Fused) {
    const args = encodeArguments(key, fusedArguments(node), node.refs);
    return { fn: toWire(runFused), flags: pure, args };
  }
  const fn = toWire(node.fn);
  if (argumentsAreRefs(node)) return { fn, flags: pure | taskFlags.argsAreRefs, args: nothing };
  return { fn, flags: pure, args: encodeArguments(key, node.args, node.refs) };
}

function argumentsAreRefs({ args, refs }: Task): boolean {
  if (args.length !== refs.length) return false;
  for (let i = 0; i < args.length; i++) {
    const arg = args[i];
    if (!(arg instanceof Ref) || arg.key !== refs[i]) return false;
  }
  return true;
}

function encodeArguments(key: string, args: readonly unknown[], refs: readonly string[]): Uint8Array {
  const what = "the arguments of";
  if (refs.length === 0) return encodeValue(args, { what, key });
  const placeOf = new Map<string, number>();
  for (const ref of refs) placeOf.set(ref, placeOf.size);
  return encodeValue(args, { what, key, refs: placeOf });
}
