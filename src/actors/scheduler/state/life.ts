/** The scheduler's own life, stepped along its statechart. */

import { compileMachine, illegal, step } from "../../task/compile.js";
import { schedulerMachine, type SchedulerEvent } from "../scheduler.machine.js";

const table = compileMachine(schedulerMachine);

export class Life {
  #state = table.initial;

  /** @param recovering another scheduler led before: it begins by learning what there is. */
  constructor(recovering: boolean) {
    if (recovering) this.on("TAKE_OVER");
  }

  /** An event that means nothing in this state changes nothing. */
  on(event: SchedulerEvent["type"]): void {
    const next = step(table, this.#state, table.event[event]);
    if (next !== illegal) this.#state = next;
  }

  /** Nothing is given out, nothing is called lost. */
  get recovering(): boolean {
    return this.#state === table.state.recovering;
  }

  /** A later term rules: this one says nothing any more. */
  get deposed(): boolean {
    return this.#state === table.state.deposed;
  }
}
