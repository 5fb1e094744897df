/** Reads what became of each key out of the columns of a status message. */

import { futureStates, type Status } from "../../protocol/messages.js";
import type { Outcome } from "./stimuli.js";

/** The outcome of column `i`. */
export function outcomeOf(status: Status): (i: number) => Outcome {
  const holders = new Map(status.holders);
  const errors = new Map(status.errors);
  return (i) => {
    const state = futureStates[status.state[i] as number] ?? "lost";
    if (state !== "finished") {
      const error = errors.get(i) ?? {
        error: {
          kind: state === "cancelled" ? "cancelled" : "lost",
          name: "Error",
          message: `it was ${state}`,
        },
        origin: status.keys[i] as string,
        attempts: 0,
      };
      return { state, error };
    }
    const run = status.run[i] as number;
    const nbytes = status.nbytes[i] as number;
    const start = status.inlineStart[i] as number;
    const end = status.inlineStart[i + 1] as number;
    const where = holders.get(i) ?? [];
    return end > start
      ? { state, located: { run, nbytes, inline: status.inline.subarray(start, end), holders: where } }
      : { state, located: { run, nbytes, holders: where } };
  };
}
