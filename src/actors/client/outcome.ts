/** Reads what became of each key out of the columns of a status message. */

import { futureStates, type Status } from "../../protocol/messages.js";
import type { InlineValues, Outcome } from "./stimuli.js";

const finished = futureStates.indexOf("finished");

export const pending: Outcome = Object.freeze({ state: "pending" });

/** Whether the value of column `i` came along. */
export function isInline({ state, inlineStart }: Status, i: number): boolean {
  return state[i] === finished && inlineStart[i + 1]! > inlineStart[i]!;
}

/** The outcome of a key whose value came with the news of it. */
export function inlineOutcome(values: InlineValues, row: number): Outcome {
  const { run, nbytes, inlineStart, inline } = values;
  const located = {
    run: run[row]!,
    nbytes: nbytes[row]!,
    inline: inline.subarray(inlineStart[row], inlineStart[row + 1]),
    holders: [],
  };
  return { state: "finished", located };
}

/** Reads the outcomes of columns whose values did not come along. */
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
    return { state, located: { run, nbytes, holders: holders.get(i) ?? [] } };
  };
}
