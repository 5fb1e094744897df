/** The state of a cluster as text: a line on its scheduler, a table of its workers. */

import Table from "cli-table3";
import pc from "picocolors";
import type { WorkerInfo } from "../../actors/scheduler/clients/stats.js";
import type { ClusterStats } from "../../client/cluster/figures.js";
import { counted, shownBytes, shownMs } from "./amounts.js";

/** What `skein status --json` prints. */
export interface ClusterStatus {
  readonly bus: string;
  readonly cluster: string;
  readonly scheduler: ClusterStats;
  readonly workers: readonly WorkerInfo[];
}

const noLines = Object.fromEntries(
  [
    ...["top", "top-mid", "top-left", "top-right", "bottom", "bottom-mid", "bottom-left", "bottom-right"],
    ...["left", "left-mid", "mid", "mid-mid", "right", "right-mid"],
  ].map((line) => [line, ""]),
);

export function statusText({ bus, cluster, scheduler, workers }: ClusterStatus): string {
  const head = `${pc.bold(cluster)} on ${bus}`;
  return [head, schedulerLine(scheduler), "", workerTable(workers)].join("\n");
}

/** `term 3: 12 tasks (2 processing, 10 memory), 1 client, 4 slots, work for 3 workers, nothing published`. */
function schedulerLine(stats: ClusterStats): string {
  const { epoch, tasks, states, clients, slots, desiredWorkers, published } = stats;
  const inStates = Object.entries(states)
    .filter(([, count]) => count > 0)
    .map(([state, count]) => `${count} ${state}`);
  const named = published === 0 ? "nothing published" : `${counted(published, "name")} published`;
  return (
    `term ${epoch}: ${counted(tasks, "task")}${inStates.length === 0 ? "" : ` (${inStates.join(", ")})`}, ` +
    `${counted(clients, "client")}, ${counted(slots, "slot")}, ` +
    `work for ${counted(desiredWorkers, "worker")}, ${named}`
  );
}

function workerTable(workers: readonly WorkerInfo[]): string {
  if (workers.length === 0) return "no workers: start one with skein worker";
  const table = new Table({
    head: ["worker", "state", "threads", "processing", "memory", "values", "round trip", "loop delay"],
    chars: { ...noLines, middle: "  " },
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
    colAligns: ["left", "left", "right", "right", "right", "right", "right", "right"],
  });
  const sorted = workers.toSorted((a, b) => a.name.localeCompare(b.name, "en", { numeric: true }));
  for (const worker of sorted) table.push(row(worker));
  return table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}

function row(worker: WorkerInfo): string[] {
  const { concurrency } = worker;
  return [
    worker.name,
    worker.state === "running" ? worker.state : pc.yellow(worker.state),
    concurrency === 1 ? `${worker.threads}` : `${worker.threads} × ${concurrency}`,
    String(worker.processing),
    `${shownBytes(worker.memoryBytes)} of ${shownBytes(worker.memoryLimitBytes)}`,
    worker.values === 0 ? "0" : `${worker.values} (${shownBytes(worker.valueBytes)})`,
    shownMs(worker.roundTripMs),
    shownMs(worker.loopDelayMs),
  ];
}
