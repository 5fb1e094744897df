/** The progress bar of a computation on a terminal. */

import type { Writable } from "node:stream";
import type { ProgressEvent, RunningTask } from "../executor/graph-runner.js";
import { keyPrefix } from "../graph/key-name.js";

export interface ProgressBar {
  update(event: ProgressEvent): void;
  /** Leaves the bar as it stands as the last line. Must be called, however the computation ended. */
  stop(): void;
}

const silent: ProgressBar = { update: () => {}, stop: () => {} };

/** A bar on `stream`, drawn from the first update on; nothing at all where that is no terminal. */
export async function startProgressBar(
  stream: Writable & { readonly isTTY?: boolean; readonly columns?: number },
): Promise<ProgressBar> {
  if (stream.isTTY !== true) return silent;
  // Whoever shows no bar need not wait for what draws it.
  const { default: cliProgress } = await import("cli-progress");
  const bar = new cliProgress.SingleBar(
    {
      stream: keepingItsPlace(stream),
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

/**
 * The library saves the cursor's place at the start and returns to it at the end, which would overwrite what the
 * program printed in between. A bar of one line has no need for that.
 */
function keepingItsPlace<S extends Writable>(stream: S): S {
  const write = (text: string): boolean => text === "\x1B7" || text === "\x1B8" || stream.write(text);
  return Object.create(stream, { write: { value: write } }) as S;
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
  const names =
    running > 0 ? runningNames(tasks) : done < total && latest !== undefined ? keyPrefix(latest) : "";
  return [bar, `${count(done)}/${count(total)}`, `${count(Math.round(perSecond))}/s`, time, names]
    .join("  ")
    .trimEnd();
}

/** `load × 3, parse 25 %`: keys without what makes them unique, and how far those are that stand alone. */
function runningNames(tasks: readonly RunningTask[]): string {
  const groups = new Map<string, RunningTask[]>();
  for (const task of tasks) {
    const name = keyPrefix(task.key);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [task]);
    else group.push(task);
  }
  return Array.from(groups, ([name, [first, ...others]]) => {
    if (others.length > 0) return `${name} × ${others.length + 1}`;
    const progress = first?.progress;
    if (progress === undefined || progress.total <= 0) return name;
    return `${name} ${Math.floor((progress.done / progress.total) * 100)} %`;
  }).join(", ");
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
