/**
 * Tasks of a simulation: what they need, what they make of it, how long that takes and how it goes wrong. A value is
 * a number mixed from the task and its inputs' values, written over as many bytes as the value has, so that a value
 * made of wrong, swapped or damaged inputs is another one.
 */

import type { WireTaskOptions } from "../../protocol/messages.js";

export interface SimulatedTask {
  readonly key: string;
  /** Keys of the data inputs, in order, and of tasks that only have to come before. */
  readonly inputs: readonly string[];
  readonly after: readonly string[];
  /** Mixed into the value, and sent along as the task's arguments. */
  readonly salt: number;
  readonly fn: string;
  readonly isLiteral: boolean;
  /** No arguments but the inputs. */
  readonly argsAreRefs: boolean;
  readonly pure: boolean;
  readonly durationMs: number;
  readonly nbytes: number;
  /** How many attempts fail before one does not; `Infinity`: all. */
  readonly failures: number;
  /** Gives up its slot half-way. */
  readonly secedes: boolean;
  /** Does not stop when its signal is aborted. */
  readonly isDeaf: boolean;
  readonly options: WireTaskOptions | undefined;
}

/** The task's value: a 32-bit number. `run` counts for impure tasks only, each attempt of which makes another value. */
export function valueOf(task: SimulatedTask, inputs: readonly number[], run: number): number {
  let h = Math.imul(0x811c9dc5 ^ task.salt, 0x01000193);
  for (const input of inputs) h = Math.imul(h ^ (h >>> 15) ^ input, 0x85ebca6b);
  if (!task.pure && !task.isLiteral) h = Math.imul(h ^ run, 0xc2b2ae35);
  return (h ^ (h >>> 13)) >>> 0;
}

/** At least 4: the value itself. */
export function encodeNumber(value: number, nbytes: number): Uint8Array {
  const bytes = new Uint8Array(nbytes);
  for (let i = 0; i < 4; i++) bytes[i] = value >>> (8 * i);
  for (let i = 4; i < nbytes; i++) bytes[i] = byteAt(value, i);
  return bytes;
}

/** The number in the bytes; undefined when they are not those of a whole value. */
export function decodeNumber(bytes: Uint8Array): number | undefined {
  if (bytes.length < 4) return undefined;
  const value = (bytes[0]! | (bytes[1]! << 8) | (bytes[2]! << 16) | (bytes[3]! << 24)) >>> 0;
  for (let i = 4; i < bytes.length; i++) if (bytes[i] !== byteAt(value, i)) return undefined;
  return value;
}

function byteAt(value: number, i: number): number {
  return ((value >>> (8 * (i & 3))) ^ (i * 31)) & 255;
}

/** The task's arguments as they travel. */
export function argumentsOf(task: SimulatedTask): Uint8Array {
  if (task.isLiteral) return encodeNumber(valueOf(task, [], 0), task.nbytes);
  return task.argsAreRefs ? new Uint8Array() : encodeNumber(task.salt, 8);
}
