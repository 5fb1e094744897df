/**
 * Keeps one actor alive: makes it, and when it fails makes it anew, never with its old memory and always as a new
 * incarnation. What may happen is supervisor.machine.ts; this does it.
 */

import { createActor, type ActorRefFrom } from "xstate";
import type { Timing } from "../../protocol/timing.js";
import type { Clock } from "./clock.js";
import { supervisorMachine } from "./supervisor.machine.js";

/** Restarts within `restartWindowMs` before a supervisor gives up. */
export const restartIntensity = 5;

export interface Supervised {
  stop(reason: string): Promise<void>;
}

export interface SupervisorOptions<Child extends Supervised> {
  readonly clock: Clock;
  readonly timing: Timing;
  /**
   * Makes the child: a new incarnation, a new core. `restart` counts from 0. `failed` is for the child to report its
   * end; a rejected promise counts as one, too.
   */
  readonly make: (restart: number, failed: (error: unknown) => void) => Promise<Child>;
  readonly onRunning?: (child: Child, restart: number) => void;
  readonly onFailed?: (error: unknown, restartInMs: number) => void;
  /** It failed too often: nobody restarts it here any more. */
  readonly onEscalated: (error: unknown) => void;
}

export class Supervisor<Child extends Supervised> {
  private readonly options: SupervisorOptions<Child>;
  private readonly machine: ActorRefFrom<typeof supervisorMachine>;
  private current: Child | undefined;
  private restarts = 0;
  private disarm: (() => void) | undefined;

  constructor(options: SupervisorOptions<Child>) {
    this.options = options;
    const { restartWindowMs, restartBackoffMs, restartBackoffMaxMs } = options.timing;
    this.machine = createActor(supervisorMachine, {
      input: {
        intensity: restartIntensity,
        windowMs: restartWindowMs,
        backoffMs: restartBackoffMs,
        backoffMaxMs: restartBackoffMaxMs,
      },
    });
    // An error that nobody observes ends the process; the machine has no actions that could throw one.
    this.machine.subscribe({ error: options.onEscalated });
    this.machine.start();
  }

  /** The child, while it runs. */
  get child(): Child | undefined {
    return this.current;
  }

  get state(): "starting" | "running" | "backingOff" | "escalated" | "stopped" {
    return this.machine.getSnapshot().value;
  }

  /** Makes the child for the first time. Resolves when it runs, or when the first attempt has failed. */
  async start(): Promise<void> {
    await this.makeChild();
  }

  /** Ends the child that runs, and makes another: not a failure. */
  async replace(reason: string): Promise<void> {
    if (this.state !== "running") return;
    const old = this.current;
    this.current = undefined;
    this.restarts += 1;
    this.machine.send({ type: "REPLACE" });
    await old?.stop(reason);
    await this.makeChild();
  }

  async stop(reason: string): Promise<void> {
    if (this.state !== "escalated" && this.state !== "stopped") this.machine.send({ type: "STOP" });
    this.disarm?.();
    const child = this.current;
    this.current = undefined;
    await child?.stop(reason);
  }

  private async makeChild(): Promise<void> {
    const restart = this.restarts;
    const failed = (error: unknown): void => {
      // Only the newest child counts: one that was replaced may fail once more on its way out.
      if (restart === this.restarts && this.state !== "stopped") this.fail(error);
    };
    let child: Child;
    try {
      child = await this.options.make(restart, failed);
    } catch (error) {
      failed(error);
      return;
    }
    if (restart !== this.restarts || this.state !== "starting") {
      await child.stop("it is not wanted any more");
      return;
    }
    this.current = child;
    this.machine.send({ type: "STARTED" });
    this.options.onRunning?.(child, restart);
  }

  private fail(error: unknown): void {
    this.current = undefined;
    this.restarts += 1;
    const { clock } = this.options;
    const now = clock.now();
    this.machine.send({ type: "FAILED", at: now });
    if (this.state === "escalated") this.options.onEscalated(error);
    if (this.state !== "backingOff") return;
    const { restartAt } = this.machine.getSnapshot().context;
    this.options.onFailed?.(error, restartAt - now);
    this.disarm = clock.setTimer(restartAt, () => {
      this.machine.send({ type: "RESTART" });
      void this.makeChild();
    });
  }
}
