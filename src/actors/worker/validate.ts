/** The worker's invariants, checked against its tables. Costs a walk over all of them. */

import { MachineError } from "../../errors.js";
import { runHash } from "../../protocol/digest.js";
import { S, type WorkerState } from "./state.js";

/** @throws MachineError naming the invariant that is broken, with the run. */
export function validateWorker(state: WorkerState): void {
  const broken = (what: string): never => {
    throw new MachineError(`worker ${state.config.name}`, what);
  };
  let runDigest = 0;
  let occupying = 0;
  for (const record of state.runs.values()) {
    runDigest = (runDigest ^ runHash(record.run)) >>> 0;
    if (record.occupies) occupying++;
    const waits = record.state === S.waiting || record.state === S.fetching;
    if (!waits && record.missing > (record.follows ? 1 : 0))
      broken(`W1 run ${record.run} is on its way with ${record.missing} inputs missing`);
    if (!waits && record.state !== S.chained) continue;
    let missing = 0;
    record.eachInput((input) => {
      if (state.values.has(input)) return;
      missing++;
      if (!state.values.isAwaitedBy(input, record))
        broken(`W2 run ${record.run} does not wait for its input ${input}`);
      if (!state.runs.has(input) && !state.fetches.isWanted(input)) {
        broken(`W3 nobody makes or fetches ${input}, for which ${record.run} waits`);
      }
    });
    if (missing !== record.missing)
      broken(`W2 run ${record.run} lacks ${missing} inputs, but counts ${record.missing}`);
  }
  if (occupying !== state.threads.occupied)
    broken(`W4 ${occupying} runs occupy ${state.threads.occupied} slots`);
  let valueDigest = 0;
  for (const value of state.values.all()) {
    if (value.listed) valueDigest = (valueDigest ^ runHash(value.run)) >>> 0;
    else if (!state.values.isPinned(value.run)) broken(`W6 inline value ${value.run} is kept for nobody`);
  }
  if (runDigest !== state.runDigest || valueDigest !== state.values.digest)
    broken("W5 a digest is not that of its table");
}
