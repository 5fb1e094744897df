/** The progress bar of a computation on a terminal. */

import type { Writable } from "node:stream";
import cliProgress from "cli-progress";
import type { ProgressEvent } from "../executor/graph-runner.js";

export interface ProgressBar {
  update(event: ProgressEvent): void;
  /** Leaves the bar as it stands as the last line. Must be called, however the computation ended. */
  stop(): void;
}

const silent: ProgressBar = { update: () => {}, stop: () => {} };

/** A bar on `stream`, drawn from the first update on; nothing at all where that is no terminal. */
export function startProgressBar(
  stream: Writable & { readonly isTTY?: boolean; readonly columns?: number },
): ProgressBar {
  if (stream.isTTY !== true) return silent;
  const bar = new cliProgress.SingleBar(
    {
      stream,
      format: (_options, _params, payload: unknown) =>
        cut(lineOf(payload as ProgressEvent), stream.columns ?? 80),
      // A handler for SIGINT would keep a script from being interrupted.
      gracefulExit: false,
      fps: 10,
    },
    cliProgress.Presets.shades_classic,
  );
  let started = false;
  return {
    update(event) {
      if (started) bar.update(event.done, event);
      else bar.start(event.total, event.done, event);
      started = true;
    },
    stop() {
      if (started) bar.stop();
    },
  };
}

const width = 24;

/** `████░░░░  12/40  3,100/s  eta 2 s  load, parse` */
export function lineOf(event: ProgressEvent): string {
  const { done, total, elapsedMs, running, tasks, latest } = event;
  const filled = total === 0 ? width : Math.floor((done / total) * width);
  const bar = "█".repeat(filled) + "░".repeat(width - filled);
  const perSecond = elapsedMs > 0 ? (done * 1000) / elapsedMs : 0;
  const time =
    done >= total
      ? `in ${seconds(elapsedMs)}`
      : `eta ${perSecond > 0 ? seconds(((total - done) / perSecond) * 1000) : "?"}`;
  const names = running > 0 ? tasks.map(taskName) : done < total && latest !== undefined ? [latest] : [];
  const parts = [`${count(done)}/${count(total)}`, `${count(Math.round(perSecond))}/s`, time];
  return [bar, ...parts, [...new Set(names)].join(", ")].join("  ").trimEnd();
}

function taskName({ key, progress }: ProgressEvent["tasks"][number]): string {
  if (progress === undefined || progress.total <= 0) return key;
  return `${key} ${Math.floor((progress.done / progress.total) * 100)} %`;
}

const count = (value: number): string => value.toLocaleString("en-US");

function seconds(ms: number): string {
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`;
  if (ms < 120_000) return `${Math.round(ms / 1000)} s`;
  return `${Math.floor(ms / 60_000)} min`;
}

function cut(line: string, columns: number): string {
  return line.length < columns ? line : `${line.slice(0, Math.max(0, columns - 2))}…`;
}
