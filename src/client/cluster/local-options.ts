/** The options of a local cluster, checked and made complete. */

import { availableParallelism, totalmem } from "node:os";
import { constrainedMemory } from "node:process";
import { describe, InvalidArgumentError } from "../../errors.js";
import { defaultSchedulerConfig } from "../../actors/scheduler/config.js";
import {
  busOptionNames,
  checkBusOptions,
  refuseOptionOf,
  type BusOptions,
  type BusPlace,
} from "../bus/bus-options.js";
import { isPlainObject } from "../../graph/references.js";
import { isAmounts } from "../../graph/task.js";
import { parseBytes } from "./parse-bytes.js";

export interface LocalClusterOptions extends Partial<BusOptions> {
  /** How many workers, each with a thread of its own. As many as the machine has cores, unless given. */
  readonly workers?: number;
  /** Asynchronous tasks that one thread runs at once. */
  readonly concurrency?: number;
  /**
   * For the values of each worker, in bytes or as text such as "2GB": above 60 % of it the least recently used go to
   * disk. Its thread may have as much again for its own heap, 128 MB at least. Unless given, the workers share 90 % of
   * the machine's memory, and pause while the process takes more than 80 % of that.
   */
  readonly memoryLimit?: number | string;
  /** What each worker has of named resources, such as `{ gpu: 1 }`. */
  readonly resources?: Readonly<Record<string, number>>;
  /** How long a task that was told to stop may go on before its thread is ended. */
  readonly cancelGraceMs?: number;
  /** How long a task waits for a worker that may run it before it fails with a NoValidWorkerError. */
  readonly noWorkersTimeoutMs?: number;
  /** How many threads may end under a task before it counts as their killer. */
  readonly allowedFailures?: number;
  /** Results up to this size travel with the messages instead of being fetched. */
  readonly inlineResultBytes?: number;
  /** Where values go that do not fit into memory; the system's folder for temporary files unless given. */
  readonly spillDirectory?: string;
}

export interface LocalSettings {
  readonly workers: number;
  readonly concurrency: number;
  readonly memoryLimitBytes: number;
  /** The heap of each thread; undefined leaves it to the engine. */
  readonly heapLimitMb: number | undefined;
  readonly resources: Readonly<Record<string, number>>;
  readonly cancelGraceMs: number;
  readonly noWorkersTimeoutMs: number;
  readonly allowedFailures: number;
  readonly inlineResultBytes: number;
  readonly spillDirectory: string | undefined;
  /** The cluster on a bus that it leads beside its own workers. */
  readonly bus: BusPlace | undefined;
}

const known = [
  ...busOptionNames,
  ...["workers", "concurrency", "memoryLimit", "resources"],
  ...["cancelGraceMs", "noWorkersTimeoutMs", "allowedFailures", "inlineResultBytes", "spillDirectory"],
];

/** With less than this a thread hardly gets as far as its first task. */
const leastHeapMb = 128;

/** @throws InvalidArgumentError */
export function checkLocalOptions(options: LocalClusterOptions): LocalSettings {
  const given: unknown = options;
  if (!isPlainObject(given))
    throw new InvalidArgumentError(
      "LocalCluster.start(options)",
      `got ${describe(given)}`,
      "Give an object of options, or nothing.",
    );
  const refuse = (name: string, remedy: string): never => {
    const value = (options as Readonly<Record<string, unknown>>)[name];
    throw new InvalidArgumentError(`LocalCluster.start({ ${name} })`, `got ${describe(value)}`, remedy);
  };
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) refuse(name, `There is no such option; known are ${known.join(", ")}.`);
  }
  const { workers = availableParallelism(), concurrency = 1, resources = {}, memoryLimit } = options;
  const { cancelGraceMs = 1_000, inlineResultBytes = 4_096, spillDirectory } = options;
  const { noWorkersTimeoutMs, allowedFailures } = { ...defaultSchedulerConfig, ...options };
  if (!isWhole(workers, 1, 1_024)) refuse("workers", "Give a whole number from 1 to 1024.");
  if (!isWhole(concurrency, 1, 65_536)) refuse("concurrency", "Give a whole number from 1 to 65536.");
  if (!isWhole(cancelGraceMs, 0, 3_600_000))
    refuse("cancelGraceMs", "Give a whole number of milliseconds, at most an hour.");
  if (!isWhole(noWorkersTimeoutMs, 0, 2 ** 31 - 1))
    refuse("noWorkersTimeoutMs", "Give a whole number of milliseconds.");
  if (!isWhole(allowedFailures, 0, 1_000)) refuse("allowedFailures", "Give a whole number from 0 to 1000.");
  if (!isWhole(inlineResultBytes, 0, 1_048_576))
    refuse("inlineResultBytes", "Give a whole number of bytes, at most 1 MiB.");
  if (!isAmounts(resources)) refuse("resources", "Give an object of amounts, such as { gpu: 1 }.");
  if (spillDirectory !== undefined && (typeof spillDirectory !== "string" || spillDirectory === ""))
    refuse("spillDirectory", "Give the path of a directory.");
  const limit = memoryLimit === undefined ? (0.9 * machineMemory()) / workers : parseBytes(memoryLimit);
  if (limit === undefined || limit < 16e6)
    refuse("memoryLimit", 'Give at least 16 MB, as bytes or text such as "2GB".');
  return {
    workers,
    concurrency,
    memoryLimitBytes: limit as number,
    heapLimitMb:
      memoryLimit === undefined ? undefined : Math.max(leastHeapMb, Math.floor((limit as number) / 1e6)),
    resources,
    cancelGraceMs,
    noWorkersTimeoutMs,
    allowedFailures,
    inlineResultBytes,
    spillDirectory,
    bus: busOf(options),
  };
}

function busOf(options: LocalClusterOptions): BusPlace | undefined {
  const given = Object.entries(options).filter(([name]) => busOptionNames.includes(name));
  if (given.length === 0) return undefined;
  return checkBusOptions(
    Object.fromEntries(given) as unknown as BusOptions,
    refuseOptionOf("LocalCluster.start"),
  );
}

function isWhole(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}

/** What this process may use: a container's limit where there is one. */
export function machineMemory(): number {
  const constrained = constrainedMemory();
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
}
