/** The error a future rejects with, from what the scheduler said. */

import {
  CancelledError,
  InputsTooLargeError,
  KilledWorkerError,
  LostValueError,
  NoValidWorkerError,
  TaskErredError,
} from "../../errors.js";
import type { StatusError, WireError } from "../../protocol/messages.js";
import { RemoteError } from "../../protocol/wire-error.js";

/**
 * Errors of the engine itself are known by their code and become the classes they are; whatever a task threw stays
 * data: the `cause` of a TaskErredError, with the original's name, message and stack.
 */
export function outcomeError(key: string, status: StatusError): Error {
  const { error, origin, attempts, worker } = status;
  const details = error.details ?? {};
  const about = origin === "" ? key : origin;
  switch (error.code) {
    case "ERR_KILLED_WORKER":
      return new KilledWorkerError(about, strings(details["workers"]));
    case "ERR_NO_VALID_WORKER":
      return new NoValidWorkerError(about, text(details["reason"], error), number(details["waitedMs"]));
    case "ERR_INPUTS_TOO_LARGE":
      return new InputsTooLargeError(about, number(details["inputBytes"]), number(details["limitBytes"]));
    case "ERR_LOST_VALUE":
      return new LostValueError(about, text(details["why"], error), text(details["remedy"], error));
    default:
      return error.kind === "cancelled"
        ? new CancelledError(`Task ${JSON.stringify(about)}`, new RemoteError(error))
        : new TaskErredError(about, new RemoteError(error), attempts, worker);
  }
}

function strings(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];
}

function number(value: unknown): number {
  return typeof value === "number" ? value : 0;
}

function text(value: unknown, error: WireError): string {
  return typeof value === "string" ? value : error.message;
}
