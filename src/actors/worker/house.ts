/** What a worker does whether it has work or not: beats and registration. */

import { pageRows } from "../../protocol/limits.js";
import type { Register } from "../../protocol/messages.js";
import { fetchMore } from "./intake.js";
import { L, S, type WorkerState } from "./state.js";

/** Says everything there is to know about this worker: a scheduler takes it as the truth. */
export function register(state: WorkerState): void {
  const { config } = state;
  const runs = [...state.runs.values()].filter((record) => record.state !== S.cancelled);
  const values = state.values.all().filter((value) => value.listed);
  const gifts = values.filter(({ gift }) => gift === true);
  const message: Register = {
    kind: "register",
    name: config.name,
    threads: config.threads,
    concurrency: config.concurrency,
    memoryLimitBytes: config.memoryLimitBytes,
    resources: config.resources,
    ...(config.home === true ? { home: true } : {}),
    ...(config.replaces === undefined ? {} : { replaces: config.replaces }),
    runs: Float64Array.from(runs, (record) => record.run),
    started: Uint8Array.from(runs, (record) =>
      record.state === S.running || record.state === S.longRunning ? 1 : 0,
    ),
    runKeys: runs.map((record) => record.key),
    values: Float64Array.from(values, (value) => value.run),
    valueKeys: values.map((value) => value.key),
    valueBytes: Float64Array.from(values, (value) => value.nbytes),
    ...(gifts.length === 0 ? {} : { gifts: Float64Array.from(gifts, ({ run }) => run) }),
  };
  for (const page of pagesOf(message)) state.tell(page);
  const seceded = runs.filter((record) => record.state === S.longRunning);
  if (seceded.length > 0)
    state.tell({ kind: "seceded", runs: Float64Array.from(seceded, (record) => record.run) });
}

/** What it has, a page at a time. */
function pagesOf(whole: Register): Register[] {
  const { runs, values, gifts } = whole;
  const rows = Math.max(runs.length, values.length);
  if (rows <= pageRows) return [whole];
  const pages: Register[] = [];
  for (let from = 0; from < rows; from += pageRows) {
    const end = from + pageRows;
    pages.push({
      ...whole,
      runs: runs.slice(from, end),
      started: whole.started.slice(from, end),
      runKeys: whole.runKeys.slice(from, end),
      values: values.slice(from, end),
      valueKeys: whole.valueKeys.slice(from, end),
      valueBytes: whole.valueBytes.slice(from, end),
      ...(gifts === undefined ? {} : { gifts: gifts.slice(from, end) }),
      ...(end < rows ? { more: true } : {}),
    });
  }
  return pages;
}

/** Sends the heartbeat when it is due, and says which runs have been running for a while. */
export function beat(state: WorkerState): void {
  if (state.at < state.nextBeatAt) return;
  state.nextBeatAt = state.at + state.config.heartbeatIntervalMs;
  state.fetches.tick(state.at);
  state.servings.tick(state.at);
  fetchMore(state);
  keepFor(state);
  const { running, processBytes, managedBytes, loopDelayMs } = state.observed;
  const begun: number[] = [];
  for (const run of running) {
    const record = state.runs.get(run);
    if (record === undefined || record.reported) continue;
    record.reported = true;
    begun.push(run);
  }
  if (begun.length > 0) state.tell({ kind: "started", runs: Float64Array.from(begun) });
  state.tell({
    kind: "beat",
    memoryBytes: processBytes,
    managedBytes,
    paused: state.life === L.paused,
    executing: running.length,
    queued: Math.max(0, state.runs.size - running.length),
    loopDelayMs,
    runDigest: state.runDigest,
    valueDigest: state.values.digest,
  });
}

/**
 * A worker that nobody hears keeps its results for whoever may come, and not for ever. What counts is the time that it
 * has been looking on: one that stood still has had no chance to be heard.
 */
function keepFor(state: WorkerState): void {
  const { startLeaseMs, keepResultsMs } = state.config;
  if (state.at - state.heardAt <= startLeaseMs) {
    state.aloneSince = undefined;
    return;
  }
  state.aloneSince ??= state.at;
  if (state.at - state.aloneSince < keepResultsMs) return;
  const dropped = state.values
    .all()
    .map(({ run }) => run)
    .filter((run) => !state.values.isPinned(run));
  if (dropped.length === 0) return;
  for (const run of dropped) state.values.delete(run);
  state.out.push({ type: "drop", runs: dropped });
  state.tell({ kind: "copies", added: new Float64Array(), dropped: Float64Array.from(dropped) });
}
