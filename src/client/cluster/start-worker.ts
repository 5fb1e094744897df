/** A worker in this process: its core, its threads, and the shell between them and the bus. */

import { ActorShell } from "../../actors/runtime/actor-shell.js";
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
import { reportFailure } from "./report-failure.js";
import type { RunningActor } from "./start-scheduler.js";

export interface RunningWorker extends RunningActor {
  readonly name: string;
}

export async function startWorkerActor(
  neighbourhood: Neighbourhood,
  scheduler: PeerId,
  settings: LocalSettings & { readonly name: string; readonly spillDirectory: string },
): Promise<RunningWorker> {
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
  const host = new WorkerHost({
    config,
    threads: {
      program: threadProgram(),
      inlineResultBytes: settings.inlineResultBytes,
      cacheBytes: memoryLimitBytes / 10,
      cancelGraceMs,
      heapLimitMb,
    },
    processShare: 1 / workers,
    spillDirectory: settings.spillDirectory,
    tell: (stimulus) => shell?.tell(stimulus),
    send: (to, message) => shell?.send(to, message),
    openClient: (hear) => taskClientActor(neighbourhood, scheduler, hear),
    onLog: (key, level, message, fields) =>
      processSurroundings.log(key, level as LogLevel, message, fields as LogFields | undefined),
  });
  let shell: ActorShell<WorkerStimulus, WorkerInstruction> | undefined;
  shell = await ActorShell.start<WorkerStimulus, WorkerInstruction>({
    ...place,
    core: new WorkerCore(config),
    perform: (instruction) => host.perform(instruction),
    beforeTick: () => host.observe(),
    onHeard: (peer) => {
      if (peer === scheduler) shell?.tell({ type: "heard" });
    },
    onFailed: (error) => reportFailure(`worker ${name}`, error),
  });
  shell.link(scheduler);
  const running = shell;
  return {
    id: place.id,
    name,
    async stop(reason) {
      await running.stop(reason);
      await host.close();
    },
  };
}
