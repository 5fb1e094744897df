/** Finished runs as the columns in which a thread reports them. */

import type { DoneBatch } from "../../actors/worker/stimuli.js";

export interface Finished {
  readonly run: number;
  readonly tookMs: number;
  readonly bytes: Uint8Array;
}

/** @param inlineBytes larger values are not in the batch: they stay in the worker's store. */
export function batchOf(finished: readonly Finished[], inlineBytes: number): DoneBatch {
  const inline = finished.map(({ bytes }) => (bytes.length <= inlineBytes ? bytes : new Uint8Array()));
  const inlineStart = new Uint32Array(finished.length + 1);
  for (const [i, bytes] of inline.entries()) inlineStart[i + 1] = (inlineStart[i] as number) + bytes.length;
  const all = new Uint8Array(inlineStart[finished.length] as number);
  for (const [i, bytes] of inline.entries()) all.set(bytes, inlineStart[i]);
  return {
    run: Float64Array.from(finished, ({ run }) => run),
    nbytes: Float64Array.from(finished, ({ bytes }) => bytes.length),
    tookMs: Float32Array.from(finished, ({ tookMs }) => tookMs),
    inlineStart,
    inline: all,
  };
}
