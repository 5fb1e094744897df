/** Chains of a million links: nothing may recurse on depth, or cost more than a little for each link. */

import { expect } from "chai";
import { Graph } from "../../../../src/graph/graph.js";
import { cull } from "../../../../src/graph/passes/cull.js";
import { dedupe } from "../../../../src/graph/passes/dedupe.js";
import { fuse } from "../../../../src/graph/passes/fuse.js";
import type { Fused } from "../../../../src/graph/passes/fused.js";
import { inline } from "../../../../src/graph/passes/inline.js";
import { simplify } from "../../../../src/graph/passes/simplify.js";
import { ref } from "../../../../src/graph/ref.js";
import { task, Task, type TaskOptions } from "../../../../src/graph/task.js";
import { evaluate } from "../../../support/evaluate.js";

const million = 1_000_000;
const inc = (x: number): number => x + 1;

/** Link `i` stands under `prefix + i`; the first one is a task that needs nothing. */
function chain(prefix: string, length: number, link: (previous: string) => unknown): [string, unknown][] {
  const entries: [string, unknown][] = [[`${prefix}0`, task(inc, 0)]];
  for (let i = 1; i < length; i++) entries.push([`${prefix}${i}`, link(entries[i - 1]![0])]);
  return entries;
}

const call = (previous: string): Task => task(inc, ref(previous));

const end = `x${million - 1}`;

describe("passes over chains of a million links", function () {
  this.timeout(120_000);

  it("cull keeps the part that is needed, and fuse makes one task of it, which runs", () => {
    const graph = Graph.of(chain("x", million, call));
    expect(cull(graph, [end])).to.equal(graph);
    expect(cull(graph, ["x9999"]).size).to.equal(10_000);
    const fused = fuse(graph, [end]);
    expect((fused.get(end) as Fused).parts).to.have.length(million);
    expect(evaluate(fused, [end])).to.deep.equal([million]);
  });

  it("simplify follows aliases and identities", () => {
    const identity = (x: unknown): unknown => x;
    const graph = Graph.of(
      chain("x", million, (previous) =>
        previous.endsWith("7") ? task(identity, ref(previous)) : ref(previous),
      ),
    );
    const simple = simplify(graph, [end]);
    expect(simple.keys()).to.deep.equal(["x0", end]);
    expect(evaluate(simple, [end])).to.deep.equal([1]);
  });

  it("dedupe makes two equal chains one", () => {
    const pure: TaskOptions = { pure: true };
    const link = (previous: string): Task => new Task(inc, [ref(previous)], [previous], [], pure);
    const [left, right] = [chain("x", million / 2, link), chain("y", million / 2, link)];
    right[0]![1] = ref("x0");
    const last = million / 2 - 1;
    const deduped = dedupe(Graph.of([...left, ...right]), [`x${last}`, `y${last}`]);
    expect(deduped.size).to.equal(million / 2 + 1);
    expect(deduped.get(`y${last}`)).to.deep.equal(ref(`x${last}`));
  });

  it("inline puts all of it into the last link", () => {
    const graph = Graph.of(chain("x", million, call));
    const inlined = inline(graph, [end], { predicate: () => true });
    expect(inlined.keys()).to.deep.equal([end]);
    expect(evaluate(inlined, [end])).to.deep.equal([million]);
  });

  it("fuse makes one task of links that wait for each other by control edges alone", () => {
    let runs = 0;
    const graph = Graph.of(chain("x", million, (previous) => task(() => ++runs).after(previous)));
    expect(evaluate(fuse(graph, [end]), [end])).to.deep.equal([million - 1]);
  });
});
