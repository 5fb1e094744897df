/** Computes lazy values without any scheduler: task after task, as the graph says, nothing optimised. */

import { finishedSource, type Collection } from "../../src/collections/collection.js";
import { collectGraph } from "../../src/graph/source.js";
import { evaluateAsync } from "./evaluate.js";

/** The value of a lazy value or collection. */
export async function computePlain<T>(what: Collection<T>): Promise<T> {
  return what.assemble(await evaluateAsync(collectGraph([what.source]), what.outputs));
}

/** The same lazy value or collection, over its finished results. */
export async function persistPlain<C extends Collection<unknown>>(what: C): Promise<C> {
  const results = await evaluateAsync(collectGraph([what.source]), what.outputs);
  return what.over(finishedSource(what.outputs, results)) as C;
}

/** What computing `what` is rejected with. */
export async function failurePlain(what: Collection<unknown>): Promise<Error> {
  try {
    await computePlain(what);
  } catch (error) {
    return error as Error;
  }
  throw new Error("It was computed, though it should have failed.");
}
