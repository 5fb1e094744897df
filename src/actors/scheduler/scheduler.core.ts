/**
 * The scheduler: decides what runs where, and keeps what is needed. Pure: stimuli in, instructions out; time comes with
 * the stimuli, chance from a seed. This file only sends each stimulus to the functions that answer it; the tables are
 * in state.ts, and `validate` lists the invariants that hold between any two stimuli.
 */

import type { Core } from "../runtime/core.js";
import { defaultSchedulerConfig, type SchedulerConfig } from "./config.js";
import { deal } from "./placing/deal.js";
import { drain } from "./workers/drain.js";
import { explain } from "./tasks/explain.js";
import type { StoryLine } from "./state/history.js";
import { dispatch } from "./dispatch.js";
import { armBalance, letGoOfOffers, nextTimer, startClock, tick } from "./housekeeping.js";
import { propagate } from "./propagate.js";
import { SchedulerState } from "./state/state.js";
import { statsOf, type SchedulerStats } from "./clients/stats.js";
import type { SchedulerInstruction, SchedulerStimulus } from "./stimuli.js";
import { storyOf } from "./state/story.js";
import { validate } from "./validate.js";

export interface SchedulerOptions {
  /** The term it leads in; part of every run's number. */
  readonly epoch?: number;
  readonly seed?: number;
  /** It takes over from another: it waits a grace for workers and clients to say what they hold and want. */
  readonly recovering?: boolean;
  readonly config?: Partial<SchedulerConfig>;
}

export class SchedulerCore implements Core<SchedulerStimulus, SchedulerInstruction> {
  readonly #state: SchedulerState;
  #started = false;

  constructor({ epoch = 1, seed = 1, recovering = false, config = {} }: SchedulerOptions = {}) {
    this.#state = new SchedulerState({ ...defaultSchedulerConfig, ...config }, epoch, seed, recovering);
  }

  /**
   * Takes in one stimulus, and decides all that follows from it.
   *
   * @throws MachineError when an invariant turns out to be broken; the core must not be used any more then.
   */
  handle(stimulus: SchedulerStimulus, atMs: number): void {
    const s = this.#state;
    s.nowMs = Math.max(s.nowMs, atMs);
    s.steps = 0;
    if (!this.#started) {
      this.#started = true;
      startClock(s);
    }
    if (s.life.deposed) return;
    if (stimulus.type === "tick") tick(s);
    else dispatch(s, stimulus);
    propagate(s);
    letGoOfOffers(s);
    deal(s);
    armBalance(s);
    s.stepsEver += s.steps;
  }

  /** What is to be done about it since the last call. */
  drain(): SchedulerInstruction[] {
    return this.#state.life.deposed ? [] : drain(this.#state);
  }

  /** When it next wants a tick. */
  nextTimer(): number | undefined {
    return this.#state.life.deposed ? undefined : nextTimer(this.#state);
  }

  /** @throws MachineError naming the invariant that does not hold, and the task with its story. */
  validate(): void {
    // One that another has succeeded decides nothing any more.
    if (!this.#state.life.deposed) validate(this.#state);
  }

  /** The state changes of a task that are remembered, oldest first. */
  story(key: string): readonly StoryLine[] {
    return storyOf(this.#state, key);
  }

  /** What a task is doing or waiting for, in a sentence. */
  explain(key: string): string {
    return explain(this.#state, key);
  }

  /** Values of workers that came back from the dead which were taken, ever. */
  get giftsTaken(): number {
    return this.#state.giftsTaken;
  }

  stats(): SchedulerStats {
    return statsOf(this.#state);
  }
}
