/**
 * The best of a few cheap orders for each part of a graph.
 *
 * No single rule suits all graphs, but the pressure of an order costs next to nothing to know: it falls out of
 * making the order. So several are made, and the one with the lowest peak is kept (then the lowest mean; then the
 * first). A candidate is given up as soon as it holds more than the best so far, and none is tried once the peak is
 * as low as it can be.
 */

import type { GraphIndex } from "../graph-index.js";
import { DepthFirst } from "./depth-first.js";
import { Execution } from "./execution.js";
import type { Policy } from "./goals.js";
import { junctionsOf } from "./junctions.js";
import { labelsOf, type Labels } from "./labels.js";
import type { Parts } from "./parts.js";
import { Walk } from "./walk.js";

interface Shape {
  /** Whether each task has one dependent at most. */
  readonly sharesNothing: boolean;
  /** The most results one task needs: no order holds fewer. */
  readonly widest: number;
  /** Tasks without dependents, in order of insertion. */
  readonly outputs: Int32Array;
}

export class Contest {
  readonly #index: GraphIndex;
  readonly #sorted: Int32Array;
  readonly #parts: Parts;
  readonly #labels: Labels;
  readonly #execution: Execution;
  readonly #dearestFirst: DepthFirst;
  readonly #asWritten: DepthFirst;
  #walk: Walk | undefined;
  readonly #best: Int32Array;
  #peak = 0;
  #total = 0;

  constructor(index: GraphIndex, sorted: Int32Array, parts: Parts) {
    this.#index = index;
    this.#sorted = sorted;
    this.#parts = parts;
    this.#labels = labelsOf(index, sorted);
    this.#execution = new Execution(index);
    this.#dearestFirst = new DepthFirst(index, this.#labels.rows);
    this.#asWritten = new DepthFirst(index, index.dep);
    this.#best = new Int32Array(index.size);
  }

  /** How many tasks the longest path to `v` has before it. */
  height(v: number): number {
    return this.#labels.height[v]!;
  }

  /** The members of a part in the best order found. A view, valid until the next call. */
  order(members: Int32Array): Int32Array {
    if (members.length === 1) return members;
    const { sharesNothing, widest, outputs } = this.#shapeOf(members);
    const { label, height } = this.#labels;
    const shallowFirst = outputs.slice();
    if (outputs.length > 1) {
      shallowFirst.sort((a, b) => label[a]! - label[b]! || height[a]! - height[b]! || a - b);
    }
    this.#peak = this.#total = Infinity;
    this.#tryDepthFirst(this.#dearestFirst, members, shallowFirst);
    const best = this.#best.subarray(0, members.length);
    if (sharesNothing || this.#peak <= widest) return best;

    const rim = this.#parts.rim(members);
    const fromRim = startingWith(rim.output, shallowFirst);
    const fromOpposite = startingWith(rim.opposite, shallowFirst);
    const deepFirst = shallowFirst.toReversed();
    this.#tryDepthFirst(this.#asWritten, members, outputs);
    this.#tryWalk(members, fromRim, { patience: 0, ties: rim.nearness });
    this.#tryWalk(members, deepFirst, { patience: 1, ties: "first" });
    this.#tryWalk(members, fromOpposite, { patience: 0, ties: "last" });
    return best;
  }

  #tryDepthFirst(depthFirst: DepthFirst, members: Int32Array, outputs: Int32Array): void {
    this.#execution.begin(members);
    depthFirst.run(this.#execution, outputs, this.#peak);
    this.#keepIfBetter(members.length);
  }

  #tryWalk(members: Int32Array, outputs: Int32Array, policy: Policy): void {
    this.#walk ??= new Walk(
      this.#index,
      this.#labels,
      junctionsOf(this.#index, this.#sorted),
      this.#execution,
    );
    this.#execution.begin(members);
    this.#walk.run(members, outputs, policy, this.#peak);
    this.#keepIfBetter(members.length);
  }

  #keepIfBetter(length: number): void {
    const { at, order, peak, total } = this.#execution;
    if (at < length || peak > this.#peak || (peak === this.#peak && total >= this.#total)) return;
    this.#peak = peak;
    this.#total = total;
    this.#best.set(order.subarray(0, length));
  }

  #shapeOf(members: Int32Array): Shape {
    const { depStart, dataEnd, dependentStart } = this.#index;
    let sharesNothing = true;
    let widest = 0;
    for (let i = 0; i < members.length; i++) {
      const v = members[i]!;
      if (dataEnd[v]! - depStart[v]! > widest) widest = dataEnd[v]! - depStart[v]!;
      if (dependentStart[v + 1]! - dependentStart[v]! > 1) sharesNothing = false;
    }
    const outputs = members.filter((v) => dependentStart[v] === dependentStart[v + 1]).sort();
    return { sharesNothing, widest, outputs };
  }
}

function startingWith(first: number, outputs: Int32Array): Int32Array {
  const out = outputs.slice();
  out[out.indexOf(first)] = out[0]!;
  out[0] = first;
  return out;
}
