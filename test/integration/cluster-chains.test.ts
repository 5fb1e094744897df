/** Chains that are not fused, on real threads: the values that pass from link to link without leaving the thread. */

import { expect } from "chai";
import { compute, Graph, ref, task } from "../../src/index.js";
import { localCluster, rejection } from "../support/local.js";

describe("A chain on threads", () => {
  const local = localCluster({ workers: 1 });
  const links = 3_000;

  function chainOf(link: (before: number) => unknown, from = 0): Graph {
    const entries = Array.from({ length: links }, (_, i) => {
      return [
        `c${from}-${i}`,
        i === 0 ? task(link as never, from) : task(link as never, ref(`c${from}-${i - 1}`)),
      ] as const;
    });
    return Graph.of(Object.fromEntries(entries));
  }

  const run = (graph: Graph, key: string): Promise<unknown[]> =>
    compute(graph, [key], { scheduler: local.client, optimize: false });

  it("hands each value on", async () => {
    expect(
      await run(
        chainOf((x) => x + 1),
        `c0-${links - 1}`,
      ),
    ).to.deep.equal([links]);
  });

  it("hands on what links promise, too", async () => {
    const graph = chainOf(async (x) => (await Promise.resolve(x)) + 1, 1);
    expect(await run(graph, `c1-${links - 1}`)).to.deep.equal([links + 1]);
  });

  it("gives all links that are wanted, while later ones use them", async () => {
    const graph = chainOf((x) => x + 1, 2);
    const keys = [`c2-10`, `c2-1500`, `c2-${links - 1}`];
    expect(await compute(graph, keys, { scheduler: local.client, optimize: false })).to.deep.equal([
      13,
      1_503,
      links + 2,
    ]);
  });

  it("ends with the error of the link that failed, and its threads go on", async () => {
    const graph = chainOf((x) => {
      if (x === 2_003) throw new RangeError("no further");
      return x + 1;
    }, 3);
    const error = await rejection(run(graph, `c3-${links - 1}`));
    expect((error as { key?: string }).key).to.equal("c3-2000");
    expect(String((error.cause as Error).message)).to.include("no further");
    expect(
      await run(
        chainOf((x) => x + 1, 4),
        `c4-${links - 1}`,
      ),
    ).to.deep.equal([links + 4]);
  });

  it("gives several followers the value of one", async () => {
    const graph = Graph.of({
      made: task(() => [1, 2, 3]),
      one: task((list: number[]) => list.concat(4).length, ref("made")),
      two: task((list: number[]) => list.length, ref("made")),
    });
    expect(await compute(graph, ["one", "two"], { scheduler: local.client, optimize: false })).to.deep.equal([
      4, 3,
    ]);
  });
});
