/** Errors that the scheduler itself finds, as they travel: without a stack, which would only tell of the scheduler. */

import type { SkeinError } from "../../errors.js";
import type { ErrorKind, WireError } from "../../protocol/messages.js";

export function wireError(error: SkeinError, kind: ErrorKind, cause?: WireError): WireError {
  const { name, message, code, details } = error;
  return { kind, name, message, code, details, ...(cause === undefined ? {} : { cause }) };
}

/** Causes nested in each other, the newest outermost. */
export function chained(causes: readonly WireError[]): WireError | undefined {
  let chain: WireError | undefined;
  for (const cause of causes)
    chain = chain === undefined ? cause : { ...cause, cause: innermost(cause, chain) };
  return chain;
}

function innermost(error: WireError, cause: WireError): WireError {
  return error.cause === undefined ? cause : { ...error.cause, cause: innermost(error.cause, cause) };
}
