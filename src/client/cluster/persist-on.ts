/** Collections whose values stay on the cluster. */

import type { Collection } from "../../collections/collection.js";
import type { ComputeOptions } from "../../collections/runner.js";
import { collectGraph } from "../../graph/source.js";
import { optimize } from "../../graph/passes/optimize.js";
import { uniqueId } from "../../collections/unique.js";
import { checkComputeOptions } from "../compute-options.js";
import type { Client } from "./client.js";
import { External } from "./external.js";
import { submissionOf } from "./submission.js";

/**
 * The same collection over its values on the cluster, once all of them are there.
 *
 * @throws the error of the first output that failed.
 */
export async function persistOn<C extends Collection<unknown>>(
  client: Client,
  what: C,
  given: Omit<ComputeOptions, "scheduler">,
): Promise<C> {
  const options = checkComputeOptions(given, "client.persist");
  const graph = collectGraph([what.source]);
  const passes = typeof options.optimize === "object" ? options.optimize : {};
  const prepared = options.optimize === false ? graph : optimize(graph, what.outputs, passes);
  const parts = submissionOf(prepared, what.outputs, { graphId: uniqueId(), retries: options.retries ?? 0 });
  const futures = what.outputs.map((key) => client.keys.hold(key));
  client.tell({ type: "submit", parts, wants: what.outputs });
  await Promise.all(futures.map((future) => client.keys.ended(future.key)));
  // A future that has failed says why.
  await Promise.all(
    futures.filter((future) => future.status !== "finished").map((future) => future.result()),
  );
  const entries = futures.map((future) => [future.key, new External(future)] as const);
  return what.over({ entries, parents: [] }) as C;
}
