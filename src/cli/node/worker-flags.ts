/** The flags that say what a worker is, and the plan they make. */

import { existsSync } from "node:fs";
import { availableParallelism, hostname } from "node:os";
import { dirname, isAbsolute, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { Option, type Command } from "commander";
import { machineMemory } from "../../client/cluster/local-options.js";
import { parseBytes } from "../../client/cluster/parse-bytes.js";
import { settingsInForce } from "../../client/settings.js";
import { uniqueId } from "../../collections/unique.js";
import type { SettingName } from "../../config.js";
import { asToken } from "../../protocol/addresses.js";
import { WrongUsage } from "../output.js";
import { wholeNumber } from "./bus-flags.js";
import { takeSettings } from "./setting-flags.js";
import type { WorkerPlan } from "./plan.js";

export interface WorkerFlags {
  readonly tasks?: readonly string[];
  readonly threads?: string;
  readonly concurrency: string;
  readonly memoryLimit?: string;
  readonly resources?: readonly string[];
  readonly name?: string;
  readonly allowInline?: boolean;
  readonly strictModules?: boolean;
  readonly spillDirectory?: string;
  readonly cancelGrace: string;
  readonly dataPort?: string;
  readonly dataHost: string;
}

export function withWorker(command: Command): Command {
  const gather = (value: string, before: readonly string[] = []): readonly string[] => [
    ...before,
    ...value.split(","),
  ];
  return command
    .addOption(
      new Option("--tasks <files>", "Task modules to load, several separated by commas or flags.")
        .env("SKEIN_TASKS")
        .argParser(gather),
    )
    .addOption(
      new Option("--threads <n>", "Threads that run tasks. Default: as many as cores.").env("SKEIN_THREADS"),
    )
    .addOption(
      new Option("--concurrency <n>", "Asynchronous tasks that one thread runs at once.")
        .env("SKEIN_CONCURRENCY")
        .default("1"),
    )
    .addOption(
      new Option(
        "--memory-limit <size>",
        "What it may use, such as 4GB. Default: 90 % of the machine's memory.",
      ).env("SKEIN_MEMORY_LIMIT"),
    )
    .addOption(
      new Option("--resources <name=n>", "What it has of named resources, such as gpu=1,license=2.")
        .env("SKEIN_RESOURCES")
        .argParser(gather),
    )
    .addOption(
      new Option(
        "--name <name>",
        "Its name; of several, what their names begin with. Default: made of the host's; w.",
      ).env("SKEIN_NAME"),
    )
    .addOption(
      new Option(
        "--allow-inline",
        "Run functions that travel as source, and task modules that clients name: trust whoever reaches the bus. " +
          "(env: SKEIN_ALLOW_INLINE)",
      ),
    )
    .addOption(
      new Option(
        "--strict-modules",
        "Refuse tasks of a module that differs from the client's copy. (env: SKEIN_STRICT_MODULES)",
      ),
    )
    .addOption(
      new Option("--spill-directory <dir>", "Where values go that do not fit into memory.").env(
        "SKEIN_SPILL_DIRECTORY",
      ),
    )
    .addOption(
      new Option(
        "--cancel-grace <ms>",
        "How long a task that was told to stop may go on before its thread is ended.",
      )
        .env("SKEIN_CANCEL_GRACE_MS")
        .default("1000"),
    )
    .addOption(
      new Option(
        "--data-port <n>",
        "Hand out values by TCP on this port, too, to peers that were let onto the bus; 0 is any that is free.",
      ).env("SKEIN_DATA_PORT"),
    )
    .addOption(
      new Option("--data-host <host>", "What that port listens on.")
        .env("SKEIN_DATA_HOST")
        .default("127.0.0.1"),
    )
    .hook("preAction", async (_, called) => {
      // Paths in a file are meant from where the file is.
      takeSettings(called, await settingsInForce(), workerSettingNames, {
        tasks: (files, origin) =>
          files.split(",").map((file) => (isAbsolute(origin) ? resolve(dirname(origin), file) : file)),
        resources: (amounts) => amounts.split(","),
      });
    });
}

/** Settings of workers, and the flags' names. */
const workerSettingNames: Readonly<Partial<Record<SettingName, string>>> = {
  ...{ tasks: "tasks", threads: "threads", concurrency: "concurrency", memoryLimit: "memoryLimit" },
  ...{ resources: "resources", name: "name", allowInline: "allowInline", strictModules: "strictModules" },
  ...{ spillDirectory: "spillDirectory", cancelGraceMs: "cancelGrace", dataPort: "dataPort" },
  ...{ dataHost: "dataHost", workers: "workers" },
};

/**
 * Where its values can be fetched directly, when that is switched on.
 *
 * @param nth of several workers on a machine, each of which has a port of its own.
 * @throws WrongUsage
 */
export function dataPlan({ dataPort, dataHost }: WorkerFlags, nth = 0): Pick<WorkerPlan, "data"> {
  if (dataPort === undefined || dataPort === "-1") return {};
  const first = wholeNumber("--data-port", dataPort, 0, 65_535);
  if (first + nth > 65_535)
    throw new WrongUsage(
      "--data-port",
      `there are not ${nth + 1} ports from ${first} on`,
      "Give a lower one, or 0.",
    );
  return { data: { host: dataHost, port: first === 0 ? 0 : first + nth } };
}

/** @param of how many workers the machine is for. @throws WrongUsage */
export function workerSettings(flags: WorkerFlags, of = 1): WorkerPlan["settings"] {
  const { memoryLimit, name } = flags;
  const cores = Math.max(1, Math.floor(availableParallelism() / of));
  const threads =
    flags.threads === undefined || flags.threads === "0"
      ? cores
      : wholeNumber("--threads", flags.threads, 1, 1_024);
  const limit = memoryLimit === undefined ? (0.9 * machineMemory()) / of : parseBytes(memoryLimit);
  if (limit === undefined || limit < 64e6)
    throw new WrongUsage(
      "--memory-limit",
      `got ${JSON.stringify(memoryLimit)}`,
      "Give at least 64MB, such as 4GB.",
    );
  if (name !== undefined && (name === "" || asToken(name) !== name))
    throw new WrongUsage("--name", `got ${JSON.stringify(name)}`, "Use 1 to 80 letters, digits, - or _.");
  return {
    name: name ?? asToken(`${hostname().slice(0, 60)}-${uniqueId().slice(0, 6)}`),
    threads,
    concurrency: wholeNumber("--concurrency", flags.concurrency, 1, 65_536),
    memoryLimitBytes: limit,
    heapLimitMb: Math.max(leastHeapMb, Math.floor(limit / threads / 1e6)),
    resources: resourcesOf(flags.resources ?? []),
    cancelGraceMs: wholeNumber("--cancel-grace", flags.cancelGrace, 0, 3_600_000),
    inlineResultBytes: 4_096,
    processShare: 1,
    functions: {
      modules: (flags.tasks ?? []).map(moduleUrl),
      allowInline: flags.allowInline === true,
      strictModules: flags.strictModules === true,
    },
  };
}

/** With less than this a thread hardly gets as far as its first task. */
const leastHeapMb = 128;

function moduleUrl(file: string): string {
  const path = resolve(file);
  if (!existsSync(path))
    throw new WrongUsage("--tasks", `there is no file ${path}`, "Give the paths of task modules.");
  return pathToFileURL(path).href;
}

function resourcesOf(given: readonly string[]): Readonly<Record<string, number>> {
  const resources: Record<string, number> = {};
  for (const each of given) {
    const [, name, amount] = /^([\w.-]+)=(\d+(?:\.\d+)?)$/.exec(each.trim()) ?? [];
    if (name === undefined || name === "__proto__")
      throw new WrongUsage(
        "--resources",
        `got ${JSON.stringify(each)}`,
        "Give names and amounts, such as gpu=1.",
      );
    resources[name] = Number(amount);
  }
  return resources;
}
