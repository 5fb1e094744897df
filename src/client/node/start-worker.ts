/** A worker in this process: its core, its threads, and the shell between them and the bus. */

import { ActorShell } from "../../actors/runtime/actor-shell.js";
import type { Supervised } from "../../actors/runtime/supervisor.js";
import { defaultWorkerConfig } from "../../actors/worker/config.js";
import type { WorkerInstruction, WorkerStimulus } from "../../actors/worker/stimuli.js";
import type { Gift } from "../../actors/worker/gift.js";
import { WorkerCore } from "../../actors/worker/worker.core.js";
import { processSurroundings, type LogLevel } from "../../executor/sync/surroundings.js";
import type { LogFields } from "../../executor/current-task.js";
import type { ValueStore } from "../../executor/values/store.js";
import { WorkerHost, type HostInstruction } from "../../executor/worker/worker-host.js";
import { ProtocolVersionError } from "../../errors.js";
import type { PeerId } from "../../protocol/addresses.js";
import { spokenVersions } from "../../protocol/envelope.js";
import { taskClientActor } from "../cluster/start-client.js";
import type { Neighbourhood } from "../place/neighbourhood.js";
import { threadProgram } from "../thread/thread-program.js";
import type { WorkerSettings } from "./worker-settings.js";

type WorkerShell = ActorShell<WorkerStimulus, WorkerInstruction>;

export interface WorkerTroubles {
  /** Its actor has failed; by then its threads have ended. */
  readonly failed: (error: unknown) => void;
  /** Its threads cannot start. */
  readonly onBroken: (error: unknown) => void;
  /**
   * This incarnation is over, or is to end: another is to be started in its place. With what it has finished, when it is
   * over because it was given up.
   */
  readonly onStartAgain: (reason: string, legacy?: Legacy) => void;
  /** It was told to leave, and nothing is left here that anybody needs. */
  readonly onLeft?: () => void;
  /** What tasks log; on stderr unless given. */
  readonly onTaskLog?: TaskLog;
}

export type TaskLog = (key: string, level: LogLevel, message: string, fields: LogFields | undefined) => void;

/** What an incarnation leaves to the next one. */
export interface Legacy {
  readonly gifts: readonly Gift[];
  /** Has the values of the gifts. */
  readonly store: ValueStore;
}

export interface WorkerActor extends Supervised {
  readonly id: PeerId;
  /** Takes nothing new, finishes or hands back what it has; `onLeft` is called when it may go. */
  drain(reason: string): void;
}

export async function startWorkerActor(
  neighbourhood: Neighbourhood,
  settings: WorkerSettings,
  { failed, onBroken, onStartAgain, onLeft, onTaskLog = logToStderr }: WorkerTroubles,
  legacy?: Legacy,
): Promise<WorkerActor> {
  const { name, threads, concurrency, memoryLimitBytes, resources, replaces } = settings;
  const config = {
    ...defaultWorkerConfig,
    ...{ name, threads, concurrency, memoryLimitBytes, resources },
    // What is on its way comes in, however short of memory the worker has become meanwhile.
    fetchingBytes: Math.min(defaultWorkerConfig.fetchingBytes, memoryLimitBytes / 10),
    ...(settings.home === true ? { home: true } : {}),
    ...(replaces === undefined ? {} : { replaces }),
    ...(legacy === undefined ? {} : { gifts: legacy.gifts }),
  };
  const core = new WorkerCore(config);
  const place = await neighbourhood.place("worker", name);
  const parts: { shell?: WorkerShell; scheduler?: PeerId; unfollow?: () => void } = {};
  /** Threads may be ready before the mailbox is open: over a slow line that takes its time. */
  const early: WorkerStimulus[] = [];
  /** Schedulers that have given this incarnation up, or that it has. */
  const lost = new Set<PeerId>();
  const host = new WorkerHost({
    config,
    threads: {
      program: threadProgram(),
      inlineResultBytes: settings.inlineResultBytes,
      cacheBytes: memoryLimitBytes / 10 / threads,
      cancelGraceMs: settings.cancelGraceMs,
      heapLimitMb: settings.heapLimitMb,
      functions: settings.functions,
    },
    ...(settings.processShare === undefined ? {} : { processShare: settings.processShare }),
    spillDirectory: settings.spillDirectory,
    ...(legacy === undefined ? {} : { store: legacy.store }),
    tell: (stimulus) => (parts.shell === undefined ? void early.push(stimulus) : parts.shell.tell(stimulus)),
    send: (to, message) => parts.shell?.send(to, message),
    ...(place.giveBack === undefined ? {} : { giveBack: place.giveBack }),
    openClient: (hear) => taskClientActor(neighbourhood, hear),
    onBroken,
    onLog: (key, level, message, fields) =>
      onTaskLog(key, level as LogLevel, message, fields as LogFields | undefined),
  });
  const endAfter = async (error: unknown): Promise<void> => {
    parts.unfollow?.();
    try {
      await host.close();
    } catch (trouble) {
      onBroken(trouble);
      return;
    }
    failed(error);
  };
  let isOver = false;
  const beginAnew = (reason: string, leave?: () => Legacy): void => {
    if (isOver) return;
    isOver = true;
    onStartAgain(reason, leave?.());
  };
  /** Nobody here talks with its scheduler any more; the next incarnation may, and offers what is finished. */
  const leave = (): Legacy => {
    const gifts = core.gifts();
    return { gifts: gifts.map(withoutBytes), store: host.leave(gifts) };
  };
  const perform = (instruction: HostInstruction | LifeInstruction): void => {
    if (instruction.type === "startAgain") beginAnew(instruction.reason);
    else if (instruction.type === "left") onLeft?.();
    else host.perform(instruction);
  };
  const shell: WorkerShell = await ActorShell.start<WorkerStimulus, WorkerInstruction>({
    ...place,
    core,
    perform,
    beforeTick: () => host.observe(),
    onConfirmed: (peer, sinceMs) => {
      if (peer === parts.scheduler) parts.shell?.tell({ type: "heard", sinceMs });
    },
    onLost: (peer, why) => {
      if (peer !== parts.scheduler || why === "bye") return;
      if (why === "version") return onBroken(new ProtocolVersionError("worker", spokenVersions));
      lost.add(peer);
      // A scheduler that still leads will not talk with this incarnation again. One that is gone has a successor,
      // which may want what is here.
      if (why === "gaveUp" || neighbourhood.leader === peer)
        beginAnew(`the scheduler has lost it (${why})`, leave);
    },
    onFailed: (error) => void endAfter(error),
  });
  parts.shell = shell;
  for (const stimulus of early.splice(0)) shell.tell(stimulus);
  parts.unfollow = neighbourhood.follow((scheduler) => {
    parts.scheduler = scheduler;
    if (lost.has(scheduler)) beginAnew("the scheduler it had lost is back", leave);
    else shell.link(scheduler);
  });
  return {
    id: place.id,
    drain: (reason) => shell.tell({ type: "drain", reason }),
    async stop(reason) {
      parts.unfollow?.();
      await shell.stop(reason);
      await host.close();
    },
  };
}

/** They are in the store by then. */
const withoutBytes = ({ run, key, nbytes }: Gift): Gift => ({ run, key, nbytes });

const logToStderr: TaskLog = (...entry) => processSurroundings.log(...entry);

type LifeInstruction = Extract<WorkerInstruction, { readonly type: "left" | "startAgain" }>;
