/**
 * What tasks print. It travels on the port of their results, ahead of those: a thread's own way to the process's
 * output takes several turns of both event loops, and a script that ends with its last result would lose lines.
 */

import type { MessagePort } from "node:worker_threads";
import type { Printed } from "./messages.js";

interface Chunk {
  readonly chunk: string | Uint8Array;
  readonly encoding: string;
}

/** Sends all that this thread prints from here on through `port`. */
export function printThrough(port: MessagePort): void {
  for (const stream of ["stdout", "stderr"] as const) {
    // The one method through which a writable stream hands on what was written, whoever wrote it and how.
    process[stream]._writev = (chunks: readonly Chunk[], done: () => void): void => {
      const printed: Printed = { type: "printed", stream, chunks: chunks.map(asSent) };
      port.postMessage(printed);
      done();
    };
  }
}

function asSent({ chunk, encoding }: Chunk): string | Uint8Array {
  const isText = typeof chunk !== "string" || encoding === "utf8" || encoding === "utf-8";
  return isText ? chunk : Buffer.from(chunk, encoding as BufferEncoding);
}

/** Prints in this thread what another has sent. */
export function print({ stream, chunks }: Printed): void {
  for (const chunk of chunks) process[stream].write(chunk);
}
