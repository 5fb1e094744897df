/**
 * Errors as they travel. Nothing is revived by class name: at the other end every error is a RemoteError that
 * carries the original name, message, stack, code and causes as data.
 */

import type { ErrorKind, WireError } from "./messages.js";

/** How many causes of causes travel. */
const deepest = 8;

/** What was thrown, as data. Anything may be thrown; what is no Error keeps its text. */
export function toWireError(thrown: unknown, kind: ErrorKind, depth = 0): WireError {
  try {
    return described(thrown, kind, depth);
  } catch {
    // Its own getters, or a proxy's traps, throw.
    return { kind, name: "Error", message: "it threw something that cannot be read" };
  }
}

function described(thrown: unknown, kind: ErrorKind, depth: number): WireError {
  if (!(thrown instanceof Error)) return { kind, name: "Error", message: `it threw ${text(thrown)}` };
  const { name, message, stack } = thrown;
  const { code, details } = thrown as { code?: unknown; details?: unknown };
  const cause = causeOf(thrown);
  return {
    kind,
    name: String(name),
    message: String(message),
    ...(typeof stack === "string" ? { stack } : {}),
    ...(typeof code === "string" ? { code } : {}),
    ...(isPlain(details) ? { details } : {}),
    ...(cause === undefined || depth >= deepest ? {} : { cause: toWireError(cause, kind, depth + 1) }),
  };
}

/** Of several errors in one the first stands for all: without it, it would be said that there were some, not which. */
function causeOf(thrown: Error): unknown {
  if (thrown.cause !== undefined || !(thrown instanceof AggregateError)) return thrown.cause;
  return (thrown.errors as readonly unknown[])[0];
}

/** An error that was thrown in another thread or process. `name` and `stack` are the original's. */
export class RemoteError extends Error {
  readonly code: string | undefined;
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(wire: WireError) {
    super(wire.message, wire.cause === undefined ? undefined : { cause: new RemoteError(wire.cause) });
    this.name = wire.name;
    this.code = wire.code;
    this.details = wire.details;
    if (wire.stack !== undefined) this.stack = wire.stack;
  }
}

/** How much of an object is told. */
const longestText = 500;

function text(value: unknown): string {
  try {
    if (typeof value === "string") return JSON.stringify(value);
    const own = String(value);
    // An object without a text of its own: what is in it says more than that it is one.
    const said = /^\[object .*\]$/.test(own) ? (JSON.stringify(value) as string | undefined) : own;
    return (said ?? own).slice(0, longestText);
  } catch {
    return "something that has no text";
  }
}

/** Details are shown to people and read by programs: only what is plainly data goes along. */
function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.values(value).every(
    (part) => part === undefined || ["string", "number", "boolean"].includes(typeof part),
  );
}
