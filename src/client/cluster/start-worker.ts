/** A worker in this process: its core, its threads, and the shell between them and the bus. */

import { ActorShell } from "../../actors/runtime/actor-shell.js";
import type { Supervised } from "../../actors/runtime/supervisor.js";
import { defaultWorkerConfig } from "../../actors/worker/config.js";
import type { WorkerInstruction, WorkerStimulus } from "../../actors/worker/stimuli.js";
import { WorkerCore } from "../../actors/worker/worker.core.js";
import { processSurroundings, type LogLevel } from "../../executor/sync/surroundings.js";
import type { LogFields } from "../../executor/current-task.js";
import { WorkerHost } from "../../executor/worker/worker-host.js";
import type { PeerId } from "../../protocol/addresses.js";
import type { LocalSettings } from "./local-options.js";
import type { Neighbourhood } from "./neighbourhood.js";
import { taskClientActor } from "./start-client.js";
import { threadProgram } from "../thread/thread-program.js";

type WorkerShell = ActorShell<WorkerStimulus, WorkerInstruction>;

export interface WorkerTroubles {
  /** Its actor has failed; by then its threads have ended. */
  readonly failed: (error: unknown) => void;
  /** Its threads cannot start. */
  readonly onBroken: (error: unknown) => void;
}

export async function startWorkerActor(
  neighbourhood: Neighbourhood,
  settings: LocalSettings & { readonly name: string; readonly spillDirectory: string },
  { failed, onBroken }: WorkerTroubles,
): Promise<Supervised> {
  const { name, concurrency, memoryLimitBytes, resources, cancelGraceMs, heapLimitMb, workers } = settings;
  const config = {
    ...defaultWorkerConfig,
    name,
    concurrency,
    memoryLimitBytes,
    resources,
    // Within a process a value is handed over as it lies in shared memory, so there is no reason to cut it.
    chunkBytes: Number.MAX_SAFE_INTEGER,
  };
  const place = await neighbourhood.place("worker", name);
  const parts: { shell?: WorkerShell; scheduler?: PeerId; unfollow?: () => void } = {};
  const host = new WorkerHost({
    config,
    threads: {
      program: threadProgram(),
      inlineResultBytes: settings.inlineResultBytes,
      cacheBytes: memoryLimitBytes / 10,
      cancelGraceMs,
      heapLimitMb,
    },
    // A limit that was asked for is about values: what else lives in this process is not the worker's doing.
    ...(heapLimitMb === undefined ? { processShare: 1 / workers } : {}),
    spillDirectory: settings.spillDirectory,
    tell: (stimulus) => parts.shell?.tell(stimulus),
    send: (to, message) => parts.shell?.send(to, message),
    openClient: (hear) => taskClientActor(neighbourhood, hear),
    onBroken,
    onLog: (key, level, message, fields) =>
      processSurroundings.log(key, level as LogLevel, message, fields as LogFields | undefined),
  });
  const endAfter = async (error: unknown): Promise<void> => {
    parts.unfollow?.();
    await host.close();
    failed(error);
  };
  const shell: WorkerShell = await ActorShell.start<WorkerStimulus, WorkerInstruction>({
    ...place,
    core: new WorkerCore(config),
    perform: (instruction) => host.perform(instruction),
    beforeTick: () => host.observe(),
    onHeard: (peer) => {
      if (peer === parts.scheduler) parts.shell?.tell({ type: "heard" });
    },
    onFailed: (error) => void endAfter(error),
  });
  parts.shell = shell;
  parts.unfollow = neighbourhood.follow((scheduler) => {
    parts.scheduler = scheduler;
    shell.link(scheduler);
  });
  return {
    async stop(reason) {
      parts.unfollow?.();
      await shell.stop(reason);
      await host.close();
    },
  };
}
