/** Passes change how a graph is computed, never what. */

import { expect } from "chai";
import fc from "fast-check";
import type { Graph } from "../../../../src/graph/graph.js";
import { cull } from "../../../../src/graph/passes/cull.js";
import { dedupe } from "../../../../src/graph/passes/dedupe.js";
import { fuse } from "../../../../src/graph/passes/fuse.js";
import { Fused } from "../../../../src/graph/passes/fused.js";
import { inline } from "../../../../src/graph/passes/inline.js";
import { optimize } from "../../../../src/graph/passes/optimize.js";
import { simplify } from "../../../../src/graph/passes/simplify.js";
import { evaluate } from "../../../support/evaluate.js";
import { build, graphPlan, keyOf, needsOf, type GraphPlan } from "../../../support/random-graph.js";

type Step = (graph: Graph, outputs: readonly string[]) => Graph;

const steps: Readonly<Record<string, Step>> = {
  cull,
  simplify,
  dedupe,
  inline,
  fuse,
  "inline of everything": (graph, outputs) => inline(graph, outputs, { predicate: () => true }),
  "fuse of wide reductions": (graph, outputs) => fuse(graph, outputs, { aveWidth: 3 }),
  "fuse of whatever can": (graph, outputs) => fuse(graph, outputs, { aveWidth: Infinity, fudge: 0 }),
  optimize,
};

const limit = { numRuns: 300 };
const salt = fc.nat({ max: 1000 });

/** Which of the runnable tasks goes next, as `seed` says. */
const picks = (seed: number) => {
  let state = seed;
  return (count: number): number => (state = (state * 31 + 7) % 1009) % count;
};

const isImpure = (plan: GraphPlan, i: number): boolean =>
  plan.nodes[i]!.kind === "impure" && plan.nodes[i]!.options.inline !== true;

/** By planned node: all it comes after, by any way. */
function ancestors(plan: GraphPlan): Set<number>[] {
  const all: Set<number>[] = [];
  plan.nodes.forEach((_, i) => {
    const mine = new Set<number>();
    const { data, control } = needsOf(plan, i);
    for (const need of [...data, ...control]) {
      mine.add(need);
      for (const one of all[need]!) mine.add(one);
    }
    all.push(mine);
  });
  return all;
}

function expectSame(plan: GraphPlan, seed: number, step: Step): void {
  const before = build(plan);
  const expected = evaluate(before.graph, before.outputs);

  const after = build(plan);
  const graph = step(after.graph, after.outputs);
  expect(evaluate(graph, after.outputs, picks(seed))).to.deep.equal(expected);

  const impure = (log: readonly string[]): string[] =>
    plan.nodes.flatMap((_, i) => (isImpure(plan, i) ? log.filter((key) => key === keyOf(i)) : []));
  expect(impure(after.log), "impure tasks run once each").to.deep.equal(impure(before.log));

  const place = new Map(after.log.map((key, at) => [key, at]));
  ancestors(plan).forEach((earlier, i) => {
    if (!isImpure(plan, i) || !place.has(keyOf(i))) return;
    for (const one of earlier) {
      if (isImpure(plan, one)) expect(place.get(keyOf(one))).to.be.lessThan(place.get(keyOf(i))!);
    }
  });
  for (const [key, node] of graph.entries()) {
    if (!(node instanceof Fused)) continue;
    expect(node.parts.at(-1)?.key).to.equal(key);
    for (const { task } of node.parts)
      expect(settings(task.options)).to.deep.equal(settings(node.parts[0]!.task.options));
  }
}

function settings({ pure: _pure, inline: _inline, ...rest }: { pure?: boolean; inline?: boolean }): object {
  return rest;
}

describe("passes over random graphs", () => {
  for (const [name, step] of Object.entries(steps)) {
    it(`${name} keeps results, what runs once, and the order of effects`, () => {
      fc.assert(
        fc.property(graphPlan, salt, (plan, seed) => {
          expectSame(plan, seed, step);
        }),
        limit,
      );
    });
  }

  it("any passes in any order, over and over, keep them too", () => {
    const names = fc.array(fc.constantFrom(...Object.keys(steps)), { minLength: 2, maxLength: 7 });
    fc.assert(
      fc.property(graphPlan, salt, names, (plan, seed, sequence) => {
        expectSame(plan, seed, (graph, outputs) =>
          sequence.reduce((sofar, name) => steps[name]!(sofar, outputs), graph),
        );
      }),
      limit,
    );
  });

  for (const name of ["cull", "simplify", "dedupe", "inline", "fuse", "optimize"]) {
    it(`${name} gives back the same graph when it is done again`, () => {
      fc.assert(
        fc.property(graphPlan, (plan) => {
          const { graph, outputs } = build(plan);
          const once = steps[name]!(graph, outputs);
          expect(steps[name]!(once, outputs)).to.equal(once);
        }),
        limit,
      );
    });
  }

  it("pure functions are not called more often after any pass but inline", () => {
    fc.assert(
      fc.property(graphPlan, fc.constantFrom("cull", "simplify", "dedupe", "fuse"), (plan, name) => {
        const before = build(plan);
        evaluate(before.graph, before.outputs);
        const after = build(plan);
        evaluate(steps[name]!(after.graph, after.outputs), after.outputs);
        expect(after.log.length).to.be.at.most(before.log.length);
      }),
      limit,
    );
  });
});
