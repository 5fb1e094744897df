/** Schemas of the messages that come one at a time. Fields a schema does not name are let through unread. */

import * as z from "zod";
import { binary, count, name, text, texts, wireError, wireFunction } from "./parts.js";

const gauge = z.number().nonnegative();
const digest = z.number();

export const hello = z.object({
  role: z.enum(["scheduler", "worker", "client"]),
  name,
  versions: z.tuple([count, count]).refine(([lowest, highest]) => lowest <= highest, "lowest above highest"),
});

const question = z.discriminatedUnion("type", [
  z.object({ type: z.literal("workers") }),
  z.object({ type: z.literal("story"), key: text }),
  z.object({ type: z.literal("explain"), key: text }),
  z.object({ type: z.literal("publish"), name, keys: texts, meta: z.unknown() }),
  z.object({ type: z.literal("published"), name }),
  z.object({ type: z.literal("unpublish"), name }),
  z.object({ type: z.literal("restart") }),
  z.object({
    type: z.literal("reserve"),
    nbytes: count,
    workers: texts.exactOptional(),
    broadcast: z.boolean(),
  }),
  z.object({ type: z.literal("subscribe"), pattern: text }),
  z.object({ type: z.literal("unsubscribe"), pattern: text }),
]);

export const controlSchemas = {
  hello,
  bye: z.object({ reason: text }),
  scatter: z.object({ key: name, nbytes: count, inline: binary.exactOptional(), holders: texts, run: count }),
  unavailable: z.object({ key: text, run: count, holders: texts }),
  query: z.object({ id: count, what: question }),
  runEverywhere: z.object({ id: count, fn: wireFunction, args: binary, workers: texts.exactOptional() }),
  clientBeat: z.object({ wantDigest: digest }),
  accepted: z.object({ graphId: name }),
  refused: z.object({ graphId: name, error: wireError }),
  answer: z.object({ id: count, ok: z.boolean() }),
  event: z.object({ topic: text, data: z.record(text, z.unknown()) }),
  runOnWorker: z.object({ id: count, fn: wireFunction, args: binary }),
  "register?": z.object({}),
  "wants?": z.object({}),
  failed: z.object({
    runs: z.array(z.object({ run: count, error: wireError, part: text.exactOptional() })),
  }),
  ranOnWorker: z.object({
    id: count,
    ok: z.boolean(),
    value: binary.exactOptional(),
    error: wireError.exactOptional(),
  }),
  beat: z.object({
    memoryBytes: gauge,
    managedBytes: gauge,
    paused: z.boolean(),
    executing: count,
    queued: count,
    loopDelayMs: gauge,
    runDigest: digest,
    valueDigest: digest,
  }),
  leave: z.object({ reason: text }),
  credit: z.object({ id: count, bytes: count }),
  putDone: z.object({ id: count, ok: z.boolean() }),
  sync: z.object({ reply: z.boolean(), hello }),
  ack: z.object({ missing: z.tuple([count, count]).exactOptional() }),
  stale: z.object({ why: z.enum(["epoch", "dead"]), epoch: count }),
};
