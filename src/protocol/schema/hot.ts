/** Checks of the messages that carry many tasks: by hand, over columns. */

import { futureStates } from "../messages.js";
import type { Problem, Unchecked } from "./columns.js";
import * as c from "./columns.js";
import { isStatusError, runOptions, wireFunction } from "./parts.js";

function rowsOf(body: Unchecked, name: string): number {
  const value = body[name];
  return ArrayBuffer.isView(value) || Array.isArray(value)
    ? (value as unknown as { length: number }).length
    : 0;
}

export function checkRun(body: Unchecked): Problem {
  const n = rowsOf(body, "run");
  const inlined = rowsOf(body, "inlineRun");
  return (
    c.counts(body, "run") ??
    c.strings(body, "keys", n) ??
    c.indexes(body, "fn", n) ??
    c.list(body, "fns", (each) => c.isIndexed(each, Infinity, (fn) => wireFunction.safeParse(fn).success)) ??
    c.bytes(body, "flags", n) ??
    c.ordered(body, "priority", n) ??
    c.ordered(body, "user", n) ??
    c.byteRows(body, "argStart", "args", n) ??
    c.counts(body, "dep") ??
    c.starts(body, "depStart", n, rowsOf(body, "dep")) ??
    c.counts(body, "inlineRun") ??
    c.byteRows(body, "inlineStart", "inline", inlined) ??
    c.list(body, "remote", c.isRemote) ??
    c.list(body, "options", (each) =>
      c.isIndexed(each, n, (options) => runOptions.safeParse(options).success),
    )
  );
}

export function checkDone(body: Unchecked): Problem {
  const n = rowsOf(body, "run");
  return (
    c.counts(body, "run") ??
    c.counts(body, "nbytes", n) ??
    c.durations(body, "tookMs", n) ??
    c.byteRows(body, "inlineStart", "inline", n)
  );
}

export function checkStatus(body: Unchecked): Problem {
  const n = rowsOf(body, "keys");
  if (!c.isCount(body.turns)) return "turns is no count";
  return (
    c.strings(body, "keys") ??
    c.bytes(body, "state", n) ??
    c.below(body, "state", futureStates.length) ??
    c.counts(body, "run", n) ??
    c.counts(body, "nbytes", n) ??
    c.byteRows(body, "inlineStart", "inline", n) ??
    c.list(body, "holders", (each) => c.isIndexed(each, n, c.isStrings)) ??
    c.list(body, "errors", (each) => c.isIndexed(each, n, isStatusError))
  );
}

/** `free`, `started`, `seceded`: a column of runs and nothing else. */
export function checkRuns(body: Unchecked): Problem {
  return c.counts(body, "runs");
}

export function checkCancelRuns(body: Unchecked): Problem {
  if (body.why !== "cancel" && body.why !== "steal") return "why is neither cancel nor steal";
  return c.counts(body, "runs");
}

export function checkHandedBack(body: Unchecked): Problem {
  return c.counts(body, "runs") ?? c.counts(body, "kept");
}

export function checkCopies(body: Unchecked): Problem {
  return c.counts(body, "added") ?? c.counts(body, "dropped");
}

export function checkMissing(body: Unchecked): Problem {
  return c.list(body, "runs", c.isRemote);
}

export function checkReplicate(body: Unchecked): Problem {
  return c.list(body, "values", c.isRemote);
}

export function checkWant(body: Unchecked): Problem {
  if (!isMark(body.all) || !isMark(body.detached) || !isMark(body.more)) {
    return "all, detached or more is not true";
  }
  const problem = c.strings(body, "keys");
  if (problem !== undefined || body.settled === undefined) return problem;
  return c.bytes(body, "settled", rowsOf(body, "keys"));
}

function isMark(mark: unknown): boolean {
  return mark === undefined || mark === true;
}

export function checkKeep(body: Unchecked): Problem {
  return checkTurn(body) ?? c.counts(body, "since", rowsOf(body, "keys"));
}

/** `release`, `retry`. */
export function checkTurn(body: Unchecked): Problem {
  if (!isMark(body.more)) return "more is not true";
  return c.isCount(body.nth) ? c.strings(body, "keys") : "nth is no count";
}

export function checkCancel(body: Unchecked): Problem {
  return typeof body.reason === "string" ? c.strings(body, "keys") : "reason is no string";
}

/** `get`, `gone`. */
export function checkGet(body: Unchecked): Problem {
  if (!c.isCount(body.id)) return "id is no count";
  return c.isCount(body.credit) ? c.counts(body, "runs") : "credit is no count";
}

export function checkGone(body: Unchecked): Problem {
  return c.isCount(body.id) ? c.counts(body, "runs") : "id is no count";
}

export function checkChunk(body: Unchecked): Problem {
  if (!c.isCount(body.id) || !c.isCount(body.run)) return "id or run is no count";
  if (body.key !== undefined && typeof body.key !== "string") return "key is no string";
  return c.bytes(body, "bytes") ?? checkSpan(body, body.bytes as Uint8Array);
}

export function checkPut(body: Unchecked): Problem {
  return typeof body.key === "string" ? checkChunk(body) : "key is no string";
}

/** A piece lies within its whole. */
function checkSpan({ offset, total }: Unchecked, bytes: Uint8Array): Problem {
  if (!c.isCount(offset) || !c.isCount(total)) return "offset or total is no count";
  return offset + bytes.length <= total ? undefined : "the piece reaches past the end of its whole";
}
