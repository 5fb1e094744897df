/** Which of the runs for a thread can be sent although some of their inputs could not be read back. */

import type { RunRecord } from "../../actors/worker/run-record.js";
import type { Inputs } from "./work-builder.js";

export interface WholeRows {
  readonly sent: readonly RunRecord[];
  /** The slots of those that are sent. */
  readonly slots: Uint32Array;
  readonly inputs: Inputs;
  /** The slots of the others. */
  readonly unsent: Uint32Array;
}

/** Only the runs whose inputs are all there, or are made by runs before them that are sent, too. */
export function wholeRows(records: readonly RunRecord[], slots: Uint32Array, inputs: Inputs): WholeRows {
  const made = new Set<number>();
  const whole = records.map((record) => {
    let isWhole = true;
    record.eachInput((input) => (isWhole &&= inputs.get(input) !== undefined || made.has(input)));
    if (isWhole) made.add(record.run);
    return isWhole;
  });
  return {
    sent: records.filter((_, i) => whole[i] === true),
    slots: slots.filter((_, i) => whole[i] === true),
    inputs: new Map([...inputs].filter(([, bytes]) => bytes !== undefined)),
    unsent: slots.filter((_, i) => whole[i] === false),
  };
}
