/**
 * The goals of a walk: reducers and outputs that touch what is already there, and what each would cost and give.
 *
 * A goal is touched when something it needs has run or is ready. Its cost is what must still be loaded for it; what
 * it adds is how many more results are held once it has run. A goal that adds no more than `patience` pays, and is
 * taken before one that does not, the cheapest first. Of those that do not pay, the one that adds least.
 *
 * All figures are counters over junctions, kept up to date edge by edge: a run costs each edge a constant number of
 * updates, and each update at most the logarithm of the goals in sight.
 */

import type { GraphIndex } from "../graph-index.js";
import type { Execution } from "./execution.js";
import { GoalHeap } from "./goal-heap.js";
import type { Junctions } from "./junctions.js";

export interface Policy {
  /** How many results a goal may add and still count as one that pays. */
  readonly patience: number;
  /**
   * Which of equal goals comes first: the one touched first, or last (deep before wide), or the one with the least
   * of the given numbers.
   */
  readonly ties: "first" | "last" | Int32Array;
}

const paysNot = 2 ** 27;

export class Goals {
  readonly #junctions: Junctions;
  readonly #execution: Execution;
  readonly #label: Int32Array;
  /** 1 for tasks that can be goals: with several needs, or without a dependent. */
  readonly #canBe: Uint8Array;
  /** The figures before anything has run. */
  readonly #start: Figures;
  readonly #now: Figures;
  /** What a task still costs each of its users: its label, 1 once it is ready, 0 when it has run. */
  readonly #price: Int32Array;
  readonly #heap: GoalHeap;
  #turn = 0;
  #patience = 0;
  #ties: Policy["ties"] = "first";

  constructor(index: GraphIndex, label: Int32Array, junctions: Junctions, execution: Execution) {
    const { size, depStart, dependentStart } = index;
    this.#junctions = junctions;
    this.#execution = execution;
    this.#label = label;
    this.#canBe = new Uint8Array(size);
    for (let v = 0; v < size; v++) {
      if (depStart[v + 1]! - depStart[v]! > 1 || dependentStart[v] === dependentStart[v + 1])
        this.#canBe[v] = 1;
    }
    this.#start = figuresOf(size, junctions, label);
    this.#now = noFigures(size);
    this.#price = new Int32Array(size);
    this.#heap = new GoalHeap(size);
  }

  begin(members: Int32Array, policy: Policy): void {
    const start = this.#start;
    const now = this.#now;
    for (let i = 0; i < members.length; i++) {
      const v = members[i]!;
      this.#price[v] = this.#label[v]!;
      now.cost[v] = start.cost[v]!;
      now.adds[v] = start.adds[v]!;
      now.users[v] = start.users[v]!;
      now.userSum[v] = start.userSum[v]!;
    }
    this.#heap.clear();
    this.#turn = 0;
    this.#patience = policy.patience;
    this.#ties = policy.ties;
  }

  /** The goal to turn to; -1 when none is in sight. */
  next(): number {
    for (;;) {
      const goal = this.#heap.top();
      if (goal < 0 || !this.#execution.isDone(goal)) return goal;
      this.#heap.pop();
    }
  }

  /** `v` has become ready. */
  readied(v: number): void {
    if (this.#junctions.isLink[v] === 0) this.#reprice(v, 1, 0);
  }

  /** `v` has run. */
  ran(v: number): void {
    const { isLink, needStart, need } = this.#junctions;
    if (isLink[v] === 1) return;
    const { adds, users, userSum } = this.#now;
    for (let e = needStart[v]!, end = needStart[v + 1]!; e < end; e++) {
      const d = need[e]!;
      userSum[d]! ^= v;
      if (--users[d]! !== 1) continue;
      const last = userSum[d]!;
      adds[last]!--;
      if (this.#heap.has(last)) this.#touch(last);
    }
    this.#reprice(v, 0, 1);
  }

  #reprice(v: number, price: number, fewer: number): void {
    const { userStart, user } = this.#junctions;
    const { cost, adds } = this.#now;
    const less = this.#price[v]! - price;
    this.#price[v] = price;
    for (let e = userStart[v]!, end = userStart[v + 1]!; e < end; e++) {
      const w = user[e]!;
      cost[w]! -= less;
      adds[w]! -= fewer;
      this.#touch(w);
    }
  }

  #touch(w: number): void {
    if (this.#canBe[w] === 0 || this.#execution.isDone(w)) return;
    const adds = this.#now.adds[w]!;
    const cost = Math.min(this.#now.cost[w]!, paysNot - 1);
    const urgency = adds <= this.#patience ? cost : paysNot * (adds + 1) + cost;
    this.#heap.put(w, urgency, this.#turnOf(w));
  }

  #turnOf(w: number): number {
    const ties = this.#ties;
    if (ties === "first") return this.#heap.has(w) ? this.#heap.turnOf(w) : ++this.#turn;
    return ties === "last" ? -++this.#turn : ties[w]!;
  }
}

interface Figures {
  /** The sum of the prices of what a junction lacks, and the links held beside. */
  readonly cost: Float64Array;
  /** Its own result and what it lacks, less the needs that wait for it alone and are dropped when it has run. */
  readonly adds: Int32Array;
  /** Users of its result that have not run, and the xor of their ids. */
  readonly users: Int32Array;
  readonly userSum: Int32Array;
}

function noFigures(size: number): Figures {
  return {
    cost: new Float64Array(size),
    adds: new Int32Array(size),
    users: new Int32Array(size),
    userSum: new Int32Array(size),
  };
}

function figuresOf(size: number, junctions: Junctions, label: Int32Array): Figures {
  const { beside, endsHere, needStart, need, userStart, user } = junctions;
  const figures = noFigures(size);
  const { cost, adds, users, userSum } = figures;
  for (let v = 0; v < size; v++) {
    users[v] = userStart[v + 1]! - userStart[v]!;
    let sum = 0;
    for (let e = userStart[v]!; e < userStart[v + 1]!; e++) sum ^= user[e]!;
    userSum[v] = sum;
  }
  for (let v = 0; v < size; v++) {
    let price = beside[v]!;
    let more = 1 - endsHere[v]! + needStart[v + 1]! - needStart[v]!;
    for (let e = needStart[v]!; e < needStart[v + 1]!; e++) {
      const d = need[e]!;
      price += label[d]!;
      if (users[d] === 1) more--;
    }
    cost[v] = price;
    adds[v] = more;
  }
  return figures;
}
