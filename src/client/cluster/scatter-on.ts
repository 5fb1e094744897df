/** Putting a value on the cluster that was made here. */

import { uniqueId } from "../../collections/unique.js";
import { encodeValue } from "../../executor/values/codec.js";
import { Graph } from "../../graph/graph.js";
import { quote } from "../../graph/ref.js";
import { LostValueError } from "../../errors.js";
import type { Connection } from "./connection.js";
import type { Handle } from "./handle.js";
import { submissionOf } from "./submission.js";

export interface ScatterOptions {
  /** On every worker, rather than on one. */
  readonly broadcast?: boolean;
  /** Only on these workers, by name. */
  readonly workers?: readonly string[];
}

/** Larger values go to workers directly; smaller ones stay with the scheduler and travel with the tasks. */
const inlineBytes = 4096;

/** @throws UnserializableError, LostValueError when no worker took it. */
export async function scatterOn<T>(
  client: Connection,
  value: T,
  options: ScatterOptions,
): Promise<Handle<T>> {
  const key = `scatter-${uniqueId()}`;
  const bytes = encodeValue(value, { what: "the scattered value", shared: true });
  if (bytes.length <= inlineBytes) {
    const parts = submissionOf(Graph.of({ [key]: quote(value) }), [key], { graphId: uniqueId() });
    const handle = client.keys.handle<T>(key);
    client.tell({ type: "submit", parts, wants: [key] });
    return handle;
  }
  const held = bytes.slice();
  const { broadcast = false, workers } = options;
  const place = (await client.query({
    type: "reserve",
    nbytes: held.length,
    broadcast,
    ...(workers === undefined ? {} : { workers }),
  })) as { readonly run: number; readonly workers: readonly string[] };
  const took = await Promise.all(
    place.workers.map((to) =>
      client.questions.ask((id) => client.tell({ type: "put", id, to, run: place.run, key, bytes: held })),
    ),
  );
  const holders = place.workers.filter((_, i) => took[i] === true);
  if (holders.length === 0) {
    throw new LostValueError(
      key,
      "no worker took it",
      "Start a worker with room for it, then scatter it again.",
    );
  }
  const handle = client.keys.handle<T>(key);
  client.tell({ type: "scattered", key, run: place.run, nbytes: held.length, holders });
  return handle;
}
