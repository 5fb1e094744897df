/** Schemas of the parts that several messages share. */

import * as z from "zod";
import type { RunOptions, StatusError, WireError, WireFunction, WireTaskOptions } from "../messages.js";
import { isCount, isObject } from "./columns.js";

export const count = z.number().refine(isCount, "not a whole number from 0 on");
export const text = z.string();
export const name = z.string().min(1).max(1_024);
export const texts = z.array(text);
export const binary = z.instanceof(Uint8Array);
const amounts = z.record(text, z.number().nonnegative());
const duration = z.number().nonnegative();

export const wireFunction: z.ZodType<WireFunction> = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("module"), module: text, name: text, digest: text.exactOptional() }),
  z.object({ kind: z.literal("inline"), name: text, source: text }),
]);

export const wireTaskOptions: z.ZodType<WireTaskOptions> = z.object({
  retries: count.exactOptional(),
  priority: z.number().exactOptional(),
  timeoutMs: duration.exactOptional(),
  workers: texts.exactOptional(),
  allowOtherWorkers: z.boolean().exactOptional(),
  resources: amounts.exactOptional(),
});

export const runOptions: z.ZodType<RunOptions> = z.object({
  attempt: count.exactOptional(),
  timeoutMs: duration.exactOptional(),
  resources: amounts.exactOptional(),
  alone: z.boolean().exactOptional(),
});

const errorKinds = {
  user: true,
  lost: true,
  oom: true,
  timeout: true,
  killed: true,
  cancelled: true,
  refused: true,
  version: true,
  noWorker: true,
} as const satisfies Record<WireError["kind"], true>;

/** By hand: a failing graph brings one for each of its keys. */
function isWireError(value: unknown): value is WireError {
  return (
    isObject(value) &&
    typeof value.kind === "string" &&
    Object.hasOwn(errorKinds, value.kind) &&
    typeof value.name === "string" &&
    typeof value.message === "string" &&
    isOptional(value.stack, "string") &&
    isOptional(value.code, "string") &&
    (value.details === undefined || isObject(value.details)) &&
    (value.cause === undefined || isWireError(value.cause))
  );
}

export function isStatusError(value: unknown): value is StatusError {
  return (
    isObject(value) &&
    isWireError(value.error) &&
    typeof value.origin === "string" &&
    isCount(value.attempts) &&
    isOptional(value.worker, "string")
  );
}

export const wireError = z.custom<WireError>(isWireError, "not an error");
export const resources = amounts;

function isOptional(value: unknown, type: "string"): boolean {
  return value === undefined || typeof value === type;
}
