import { expect } from "chai";
import * as fc from "fast-check";
import { MissingKeyError } from "../../../src/errors.js";
import { Graph } from "../../../src/graph/graph.js";
import { idsOf } from "../../../src/graph/graph-index.js";
import { ref } from "../../../src/graph/ref.js";
import { task } from "../../../src/graph/task.js";

const nothing = (): void => {};

/** Tasks that refer to any others, in any order, whatever their own place. */
const rows = fc.array(fc.array(fc.nat(), { maxLength: 12 }), { minLength: 1, maxLength: 40 });

describe("The index of a graph", () => {
  it("links the tasks that the references name, in whatever order they stand", () => {
    fc.assert(
      fc.property(rows, (rows) => {
        const name = (n: number): string => `k${n % rows.length}`;
        const call = task as (fn: () => void, ...args: readonly unknown[]) => ReturnType<typeof task>;
        const graph = Graph.of(
          rows.map((refs, at) => [name(at), call(nothing, ...refs.map((n) => ref(name(n))))] as const),
        );
        const { keys, dep, depStart } = graph.index();
        keys.forEach((key, at) => {
          const linked = Array.from(dep.subarray(depStart[at], depStart[at + 1]), (id) => keys[id]);
          expect(linked, key).to.deep.equal([...new Set((rows[at] as number[]).map(name))]);
        });
      }),
    );
  });

  it("finds keys in any order, each as often as it is asked for", () => {
    const keys = Array.from({ length: 50 }, (_, i) => `k${i}`);
    const index = Graph.of(keys.map((key) => [key, 0] as const)).index();
    fc.assert(
      fc.property(fc.array(fc.nat(49), { maxLength: 60 }), (picks) => {
        expect(
          idsOf(
            index,
            picks.map((n) => `k${n}`),
          ),
        ).to.deep.equal(picks);
      }),
    );
    expect([...index.idOf]).to.deep.equal(keys.map((key, id) => [key, id]));
  });

  it("names both ends of a reference to a key that is not there, wherever it stands", () => {
    const chain = Array.from({ length: 20 }, (_, i) => [`k${i}`, task(String, ref(`k${i + 1}`))] as const);
    expect(() => Graph.of(chain).index())
      .to.throw(MissingKeyError, 'Task "k19" refers to "k20"')
      .with.property("dependent", "k19");
  });
});
