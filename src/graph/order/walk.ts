/**
 * The candidate for graphs that share results: from goal to goal, each chosen by what will then be held.
 *
 * A walk goes back from its goal to something ready, runs it and all that becomes free of cost, and chooses anew.
 * So a section is left only for a goal that gives results back sooner, and is finished before another is opened.
 *
 * Dask asks the same questions when it chooses its target: what is reachable from what is there, and how many roots
 * are still to be loaded for it (`dask.order` as of 2023 to 2026). The answers, and the steps, are our own.
 */

import type { GraphIndex } from "../graph-index.js";
import type { Execution } from "./execution.js";
import { Goals, type Policy } from "./goals.js";
import type { Junctions } from "./junctions.js";
import type { Labels } from "./labels.js";
import { Ways } from "./ways.js";

export class Walk {
  readonly #index: GraphIndex;
  readonly #execution: Execution;
  readonly #goals: Goals;
  readonly #ways: Ways;
  readonly #dependentCursor: Int32Array;
  /** Results in order of making; those at the end that are no longer held are taken off when met. */
  readonly #made: number[] = [];

  constructor(index: GraphIndex, labels: Labels, junctions: Junctions, execution: Execution) {
    this.#index = index;
    this.#execution = execution;
    this.#goals = new Goals(index, labels.label, junctions, execution);
    this.#ways = new Ways(index, labels.rows, execution);
    this.#dependentCursor = new Int32Array(index.size);
  }

  /**
   * Runs all `members`, a connected part that `execution` has begun, from the first of `outputs`; gives up as soon
   * as more than `limit` results are held.
   */
  run(members: Int32Array, outputs: Int32Array, policy: Policy, limit: number): void {
    const execution = this.#execution;
    this.#begin(members, policy);
    let opened = 0;
    while (execution.at < members.length && execution.peak <= limit) {
      const goal = this.#goals.next();
      if (goal >= 0) {
        this.#run(this.#ways.end(goal));
        continue;
      }
      const branch = this.#newestBranch();
      if (branch >= 0) {
        this.#run(branch);
        continue;
      }
      while (execution.isDone(outputs[opened]!)) opened++;
      this.#run(this.#ways.end(outputs[opened]!));
    }
  }

  #begin(members: Int32Array, policy: Policy): void {
    const { dependentStart } = this.#index;
    for (let i = 0; i < members.length; i++) {
      const v = members[i]!;
      this.#dependentCursor[v] = dependentStart[v]!;
    }
    this.#made.length = 0;
    this.#ways.begin(members);
    this.#goals.begin(members, policy);
  }

  /** Runs `v` and what follows of itself, and tells the goals. */
  #run(v: number): void {
    const execution = this.#execution;
    const { order, readied } = execution;
    let at = execution.at;
    execution.run(v);
    for (; at < execution.at; at++) {
      const ran = order[at]!;
      if (execution.isHeld(ran)) this.#made.push(ran);
      this.#goals.ran(ran);
    }
    for (let i = 0; i < readied.length; i++) {
      if (!execution.isDone(readied[i]!)) this.#goals.readied(readied[i]!);
    }
    readied.length = 0;
  }

  /** A ready task that needs the newest of the held results, -1 if there is none: for results that only split. */
  #newestBranch(): number {
    const { dependent } = this.#index;
    const execution = this.#execution;
    const made = this.#made;
    while (made.length > 0 && !execution.isHeld(made[made.length - 1]!)) made.pop();
    if (made.length === 0) return -1;
    const v = made[made.length - 1]!;
    let e = this.#dependentCursor[v]!;
    while (execution.isDone(dependent[e]!)) e++;
    this.#dependentCursor[v] = e;
    return execution.isReady(dependent[e]!) ? dependent[e]! : -1;
  }
}
