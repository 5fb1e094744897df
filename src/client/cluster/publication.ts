/** What can be published under a name: futures, alone or several. */

import { describe, InvalidArgumentError } from "../../errors.js";
import { Future } from "./future.js";

export function publicationOf(what: unknown): {
  readonly keys: readonly string[];
  readonly meta: { readonly single: boolean };
} {
  const futures = what instanceof Future ? [what] : what;
  if (!Array.isArray(futures) || !futures.every((each): each is Future => each instanceof Future)) {
    throw new InvalidArgumentError(
      "client.publish(name, what)",
      `got ${describe(what)}`,
      "Give a future or an array of futures.",
    );
  }
  return { keys: futures.map(({ key }) => key), meta: { single: what instanceof Future } };
}
