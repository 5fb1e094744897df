/**
 * Every message that comes in passes here before a core sees it: its kind is known, its fields are what
 * messages.ts says. A kind without a check does not compile.
 */

import type * as z from "zod";
import { describe } from "../../errors.js";
import type { LinkMessage } from "../envelope.js";
import type {
  Answer,
  EventNotice,
  Failed,
  Message,
  Query,
  RanOnWorker,
  Refused,
  Status,
  WireError,
} from "../messages.js";
import { plainData } from "../plain-data.js";
import type { Problem, Unchecked } from "./columns.js";
import { controlSchemas } from "./control.js";
import * as hot from "./hot.js";
import { checkRegister, checkSubmit } from "./submission.js";
import { problemOf } from "./zod-problem.js";

type AnyMessage = Message | LinkMessage;
type Kind = AnyMessage["kind"];
type Check = (body: Unchecked) => Problem;

const columnChecks = {
  submit: checkSubmit,
  register: checkRegister,
  run: hot.checkRun,
  done: hot.checkDone,
  status: hot.checkStatus,
  free: hot.checkRuns,
  started: hot.checkRuns,
  seceded: hot.checkRuns,
  cancelRuns: hot.checkCancelRuns,
  handedBack: hot.checkHandedBack,
  copies: hot.checkCopies,
  missing: hot.checkMissing,
  replicate: hot.checkReplicate,
  want: hot.checkWant,
  release: hot.checkTurn,
  keep: hot.checkKeep,
  retry: hot.checkTurn,
  cancel: hot.checkCancel,
  get: hot.checkGet,
  gone: hot.checkGone,
  chunk: hot.checkChunk,
  put: hot.checkPut,
};

const checks = { ...columnChecks, ...asChecks(controlSchemas) } satisfies Record<Kind, Check>;

function asChecks<K extends string>(schemas: Readonly<Record<K, z.ZodType>>): Record<K, Check> {
  const entries = Object.entries<z.ZodType>(schemas);
  const made = entries.map(([kind, schema]): [string, Check] => [kind, (body) => problemOf(schema, body)]);
  return Object.fromEntries(made) as Record<K, Check>;
}

export type Checked =
  | { readonly ok: true; readonly message: AnyMessage }
  | { readonly ok: false; readonly why: "kind" | "schema"; readonly detail: string };

/** The message, or what is wrong with it. Cost: microseconds a thousand tasks for columns. */
export function checkMessage(body: Unchecked): Checked {
  const kind = body.kind;
  const known = typeof kind === "string" && Object.hasOwn(checks, kind);
  if (!known) return { ok: false, why: "kind", detail: `its kind is ${describe(kind)}` };
  const problem = checks[kind as Kind](body);
  if (problem !== undefined) return { ok: false, why: "schema", detail: `${kind}: ${problem}` };
  return { ok: true, message: body as unknown as AnyMessage };
}

/** The message with its free parts made plain data, so that whoever gets it can read it. */
export function withPlainParts(message: AnyMessage): AnyMessage {
  switch (message.kind) {
    case "answer":
      return { ...message, value: plainData(message.value) } satisfies Answer;
    case "event":
      return { ...message, data: plainData(message.data) as EventNotice["data"] };
    case "failed":
      return {
        ...message,
        runs: message.runs.map((run) => ({ ...run, error: plainError(run.error) })),
      } satisfies Failed;
    case "refused":
      return { ...message, error: plainError(message.error) } satisfies Refused;
    case "ranOnWorker":
      return (
        message.error === undefined ? message : { ...message, error: plainError(message.error) }
      ) satisfies RanOnWorker;
    case "status":
      return message.errors.length === 0 ? message : plainStatus(message);
    case "query":
      return message.what.type === "publish" ? plainPublish(message, message.what) : message;
    default:
      return message;
  }
}

function plainStatus(status: Status): Status {
  return {
    ...status,
    errors: status.errors.map(([i, each]) => [i, { ...each, error: plainError(each.error) }] as const),
  };
}

function plainPublish(query: Query, what: Extract<Query["what"], { type: "publish" }>): Query {
  return { ...query, what: { ...what, meta: plainData(what.meta) } };
}

/** Causes are followed a few links: a longer chain says nothing more, and must not be nested past the limit. */
const causesKept = 8;

function plainError(error: WireError, causes = causesKept): WireError {
  const { details, cause, ...rest } = error;
  return {
    ...rest,
    ...(details === undefined ? {} : { details: plainData(details) as Record<string, unknown> }),
    ...(cause === undefined || causes === 0 ? {} : { cause: plainError(cause, causes - 1) }),
  };
}
