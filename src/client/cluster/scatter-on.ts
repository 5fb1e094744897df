/** Putting a value on the cluster that was made here. */

import { uniqueId } from "../../collections/unique.js";
import { encodeValue } from "../../executor/values/codec.js";
import { Graph } from "../../graph/graph.js";
import { quote } from "../../graph/ref.js";
import { describe, InvalidArgumentError, LostValueError } from "../../errors.js";
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
  const { broadcast = false, workers } = checkOptions(options);
  const key = `scatter-${uniqueId()}`;
  const bytes = encodeValue(value, { what: "the scattered value", shared: true });
  if (bytes.length <= inlineBytes) {
    // It will be with the scheduler; that somebody is there who could have it is for the caller to know all the same.
    if (workers !== undefined) await client.query({ type: "reserve", nbytes: 0, broadcast, workers });
    const parts = submissionOf(Graph.of({ [key]: quote(value) }), [key], { graphId: uniqueId() });
    const handle = client.keys.handle<T>(key);
    client.tell({ type: "submit", parts, wants: [key] });
    await client.keys.ended(key);
    return handle;
  }
  const held = bytes.slice();
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
  await client.keys.ended(key);
  return handle;
}

/** @throws InvalidArgumentError */
function checkOptions(options: ScatterOptions): ScatterOptions {
  const refuse = (name: string, remedy: string): never => {
    const value = (options as Readonly<Record<string, unknown>>)[name];
    throw new InvalidArgumentError(`client.scatter(value, { ${name} })`, `got ${describe(value)}`, remedy);
  };
  for (const name of Object.keys(options))
    if (name !== "broadcast" && name !== "workers")
      refuse(name, "There is no such option; known are broadcast, workers.");
  const { broadcast, workers } = options;
  if (broadcast !== undefined && typeof broadcast !== "boolean") refuse("broadcast", "Give true or false.");
  const areNames = (names: readonly unknown[]): boolean =>
    names.length > 0 && names.every((name) => typeof name === "string" && name !== "");
  if (workers !== undefined && !(Array.isArray(workers) && areNames(workers)))
    refuse("workers", "Give a non-empty array of worker names.");
  return options;
}
