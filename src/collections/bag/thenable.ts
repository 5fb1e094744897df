/** Telling promises from values, where callbacks may or may not be asynchronous. */

import { InvalidArgumentError } from "../../errors.js";

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function"
  );
}

/** `value`, which must be there at once. @throws InvalidArgumentError for a promise. */
export function atOnce<T>(value: T, callback: string): T {
  if (!isThenable(value)) return value;
  // The promise is given up here: should it be rejected later, nobody else would hear of it.
  value.then(undefined, () => undefined);
  throw new InvalidArgumentError(
    callback,
    "it returned a promise",
    "Only the callbacks of map, filter, flatMap and mapPartitions are waited for: do the asynchronous part in a map before.",
  );
}
