/**
 * A worker of a cluster, under supervision within its process: when its actor has failed, or its incarnation was given
 * up, another begins in its place, and says in whose.
 */

import { Supervisor } from "../../actors/runtime/supervisor.js";
import { systemClock } from "../../actors/runtime/system-clock.js";
import { defaultTiming } from "../../protocol/timing.js";
import type { Neighbourhood } from "../place/neighbourhood.js";
import { startWorkerActor, type Legacy, type TaskLog, type WorkerActor } from "./start-worker.js";
import type { WorkerSettings } from "./worker-settings.js";

export interface WorkerNodeEvents {
  /** A new incarnation is up. */
  readonly onRunning?: (peer: string) => void;
  readonly onNote?: (note: string) => void;
  readonly onTaskLog?: TaskLog;
  /** Its actor has failed; another is made. */
  readonly onFailed: (error: unknown) => void;
  /** It cannot go on in this process. */
  readonly onEnded: (error: unknown) => void;
}

export class WorkerNode {
  readonly #supervisor: Supervisor<WorkerActor>;
  #previous: WorkerSettings["replaces"];
  /** What the incarnation before has left, until the next one has it. */
  #legacy: Legacy | undefined;
  #left: (() => void) | undefined;

  constructor(neighbourhood: Neighbourhood, settings: WorkerSettings, events: WorkerNodeEvents) {
    this.#previous = settings.replaces;
    this.#supervisor = new Supervisor<WorkerActor>({
      clock: systemClock,
      timing: defaultTiming,
      make: async (_, failed) => {
        const replaces = this.#previous;
        const legacy = this.#legacy;
        const actor = await startWorkerActor(
          neighbourhood,
          { ...settings, ...(replaces === undefined ? {} : { replaces }) },
          {
            failed: (error) => {
              this.#previous = { peer: actor.id, how: "failed" };
              failed(error);
            },
            onBroken: events.onEnded,
            onStartAgain: (reason, left) => {
              // What it ran and held is nobody's any more: there is nothing left that it could hand over.
              if (this.#left !== undefined) return this.#left();
              events.onNote?.(`begins anew: ${reason}`);
              this.#previous = { peer: actor.id, how: reason };
              this.#legacy = left;
              this.#supervisor.replace(reason).catch(events.onEnded);
            },
            onLeft: () => this.#left?.(),
            ...(events.onTaskLog === undefined ? {} : { onTaskLog: events.onTaskLog }),
          },
          legacy,
        );
        this.#legacy = undefined;
        return actor;
      },
      onRunning: (actor) => events.onRunning?.(actor.id),
      onFailed: events.onFailed,
      onEscalated: events.onEnded,
    });
  }

  start(): Promise<void> {
    return this.#supervisor.start();
  }

  /** Takes nothing new. Resolves when it has finished, or handed back, all it had, and others have what they need. */
  drain(reason: string): Promise<void> {
    const actor = this.#supervisor.child;
    if (actor === undefined) return Promise.resolve();
    return new Promise((resolve) => {
      this.#left = resolve;
      actor.drain(reason);
    });
  }

  stop(reason: string): Promise<void> {
    return this.#supervisor.stop(reason);
  }
}
