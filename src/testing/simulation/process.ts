/**
 * A process of the simulated cluster, as far as time is concerned: everything that happens in it comes through
 * `enter`, which a crashed process never reaches and a stopped one only when it goes on.
 */

import type { Clock } from "../../actors/runtime/clock.js";
import type { VirtualClock } from "../virtual-clock.js";

export class Process {
  readonly name: string;
  /** The clock as it is seen from inside. */
  readonly clock: Clock;
  #state: "running" | "stopped" | "dead" = "running";
  readonly #backlog: (() => void)[] = [];
  readonly #time: VirtualClock;

  /** @param turnMs how long a turn of its event loop takes until what was decided in it is done. */
  constructor(name: string, time: VirtualClock, turnMs: () => number) {
    this.name = name;
    this.#time = time;
    this.clock = {
      now: () => time.now(),
      setTimer: (atMs, run) => time.setTimer(atMs, () => this.enter(run)),
      defer: (run) => void time.setTimer(time.now() + turnMs(), () => this.enter(run)),
    };
  }

  get state(): "running" | "stopped" | "dead" {
    return this.#state;
  }

  enter(run: () => void): void {
    if (this.#state === "running" && this.#backlog.length === 0) run();
    else if (this.#state !== "dead") this.#backlog.push(run);
  }

  /** Stands still, as under SIGSTOP: hears nothing, and no timer rings. */
  stop(): void {
    if (this.#state === "running") this.#state = "stopped";
  }

  /** Goes on with what has come in meanwhile, one thing after the other. */
  goOn(): void {
    if (this.#state !== "stopped") return;
    this.#state = "running";
    this.#catchUp();
  }

  kill(): void {
    this.#state = "dead";
    this.#backlog.length = 0;
  }

  #catchUp(): void {
    if (this.#backlog.length === 0) return;
    this.#time.defer(() => {
      if (this.#state !== "running") return;
      this.#backlog.shift()?.();
      this.#catchUp();
    });
  }
}
