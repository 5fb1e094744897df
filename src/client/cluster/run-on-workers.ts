/** Calling a function on the workers themselves, beside their tasks. */

import type { Settled } from "../../collections/lazy.js";
import { toWire } from "../../executor/functions/wire.js";
import { decodeValue, encodeValue } from "../../executor/values/codec.js";
import type { AnyFunction } from "../../graph/functions.js";
import type { WireError } from "../../protocol/messages.js";
import { describe, InvalidArgumentError, TaskErredError } from "../../errors.js";
import { RemoteError } from "../../protocol/wire-error.js";
import type { Connection } from "./connection.js";

interface WorkerAnswer {
  readonly ok: boolean;
  readonly value?: Uint8Array;
  readonly error?: WireError;
}

/** The results by worker. @throws TaskErredError with what a worker threw, CapturedVariableError, UnserializableError */
export async function runOnWorkers<R>(
  client: Connection,
  fn: (...args: never[]) => R,
  args: readonly unknown[],
): Promise<Record<string, Settled<R>>> {
  if (typeof fn !== "function")
    throw new InvalidArgumentError(
      "client.run(fn, …)",
      `the first argument is ${describe(fn)}`,
      "Give the function to call.",
    );
  const wire = toWire(fn as AnyFunction);
  const bytes = encodeValue(args, { what: "the arguments of client.run" }).slice();
  const answers = (await client.questions.ask((id) =>
    client.tell({ type: "runEverywhere", id, fn: wire, args: bytes }),
  )) as Readonly<Record<string, WorkerAnswer>>;
  const results: Record<string, Settled<R>> = {};
  for (const [worker, answer] of Object.entries(answers)) {
    if (!answer.ok || answer.value === undefined) throw failure(fn.name, worker, answer.error);
    results[worker] = decodeValue(answer.value) as Settled<R>;
  }
  return results;
}

function failure(name: string, worker: string, error: WireError | undefined): TaskErredError {
  const known = error ?? { kind: "user", name: "Error", message: "it gave no reason" };
  return new TaskErredError(`client.run(${name || "fn"})`, new RemoteError(known), 1, worker);
}
