/** The error a future rejects with, from what the scheduler said. */

import {
  CancelledError,
  CycleError,
  DuplicateKeyError,
  InputsTooLargeError,
  KilledWorkerError,
  LostValueError,
  MissingKeyError,
  NoValidWorkerError,
  TaskErredError,
  TaskTimeoutError,
} from "../../errors.js";
import type { StatusError, WireError } from "../../protocol/messages.js";
import { RemoteError } from "../../protocol/wire-error.js";

/**
 * Errors of the engine itself are known by their code and become the classes they are; whatever a task threw stays
 * data: the `cause` of a TaskErredError, with the original's name, message and stack.
 */
export function outcomeError(key: string, { error, origin, attempts, worker }: StatusError): Error {
  const about = origin === "" ? key : origin;
  switch (error.kind) {
    case "user":
      return new TaskErredError(about, new RemoteError(error), attempts, worker);
    case "cancelled":
      return new CancelledError(`Task ${JSON.stringify(about)}`, new RemoteError(error));
    case "timeout":
      return new TaskErredError(about, timedOut(about, error), attempts, worker);
    default:
      return engineError(about, error) ?? new TaskErredError(about, new RemoteError(error), attempts, worker);
  }
}

/** What the scheduler itself has to say about a key, or a submission. */
function engineError(about: string, error: WireError): Error | undefined {
  const made = byCode(about, error);
  if (made !== undefined && error.cause !== undefined) made.cause = new RemoteError(error.cause);
  return made;
}

function byCode(about: string, error: WireError): Error | undefined {
  const details = error.details ?? {};
  switch (error.code) {
    case "ERR_KILLED_WORKER":
      return new KilledWorkerError(about, strings(details["workers"]));
    case "ERR_NO_VALID_WORKER":
      return new NoValidWorkerError(about, text(details["reason"], error), number(details["waitedMs"]));
    case "ERR_INPUTS_TOO_LARGE":
      return new InputsTooLargeError(about, number(details["inputBytes"]), number(details["limitBytes"]));
    case "ERR_LOST_VALUE":
      return new LostValueError(about, text(details["why"], error), text(details["remedy"], error));
    case "ERR_DUPLICATE_KEY":
      return new DuplicateKeyError(text(details["key"], error));
    case "ERR_MISSING_KEY":
      return new MissingKeyError(text(details["key"], error), textOrNone(details["dependent"]), [], true);
    case "ERR_CYCLE":
      return new CycleError(strings(details["cycle"]));
    default:
      return undefined;
  }
}

function timedOut(key: string, error: WireError): Error {
  const limit = error.details?.["timeoutMs"];
  return typeof limit === "number" ? new TaskTimeoutError(key, limit) : new RemoteError(error);
}

function strings(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];
}

function number(value: unknown): number {
  return typeof value === "number" ? value : 0;
}

function textOrNone(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function text(value: unknown, error: WireError): string {
  return textOrNone(value) ?? error.message;
}
