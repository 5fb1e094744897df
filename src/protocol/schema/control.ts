/** Schemas of the messages that come one at a time. Fields a schema does not name are let through unread. */

import * as z from "zod";
import type { Query } from "../messages.js";
import { isObject } from "./columns.js";
import { binary, count, name, text, texts, wireError, wireFunction } from "./parts.js";

const gauge = z.number().nonnegative();
const digest = z.number();

const hello = z.object({
  role: z.enum(["scheduler", "worker", "client"]),
  name,
  versions: z.tuple([count, count]).refine(([lowest, highest]) => lowest <= highest, "lowest above highest"),
});

/** By the type of question; one that is missing here does not compile. */
const questions = {
  workers: z.object({}),
  stats: z.object({}),
  story: z.object({ key: text }),
  explain: z.object({ key: text }),
  known: z.object({ key: text }),
  progress: z.object({ graphId: text }),
  publish: z.object({ name, keys: texts, meta: z.unknown() }),
  published: z.object({ name }),
  unpublish: z.object({ name }),
  restart: z.object({}),
  reserve: z.object({ nbytes: count, workers: texts.exactOptional(), broadcast: z.boolean() }),
  subscribe: z.object({ pattern: text }),
  unsubscribe: z.object({ pattern: text }),
} satisfies Record<Query["what"]["type"], z.ZodType>;

const question = z.custom<Query["what"]>((what) => {
  if (!isObject(what) || typeof what.type !== "string" || !Object.hasOwn(questions, what.type)) return false;
  return questions[what.type as Query["what"]["type"]].safeParse(what).success;
}, "not a question that can be asked");

export const controlSchemas = {
  hello,
  bye: z.object({ reason: text, restart: z.literal(true).exactOptional() }),
  scatter: z.object({ key: name, nbytes: count, inline: binary.exactOptional(), holders: texts, run: count }),
  unavailable: z.object({ key: text, run: count, holders: texts }),
  query: z.object({ id: count, what: question }),
  runEverywhere: z.object({ id: count, fn: wireFunction, args: binary, workers: texts.exactOptional() }),
  clientBeat: z.object({ wantDigest: digest, settledDigest: digest }),
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
  progressed: z.object({ runs: z.array(z.tuple([count, gauge, gauge])) }),
  leave: z.object({ reason: text }),
  credit: z.object({ id: count, bytes: count }),
  putDone: z.object({ id: count, ok: z.boolean() }),
  sync: z.object({ reply: z.boolean(), hello }),
  ack: z.object({ missing: z.tuple([count, count]).exactOptional() }),
  stale: z.object({ why: z.enum(["epoch", "dead"]), epoch: count }),
};
