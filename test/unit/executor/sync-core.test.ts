import { expect } from "chai";
import * as fc from "fast-check";
import { SyncCore } from "../../../src/executor/sync/sync.core.js";
import { Graph } from "../../../src/graph/graph.js";
import { idsOf } from "../../../src/graph/graph-index.js";
import { orderOf } from "../../../src/graph/order/order.js";
import { quote, ref } from "../../../src/graph/ref.js";
import { task } from "../../../src/graph/task.js";

const add = (...numbers: number[]): number => numbers.reduce((a, b) => a + b, 0);

function coreOf(graph: Graph, keys: readonly string[]): SyncCore {
  const index = graph.index();
  return new SyncCore(index, orderOf(index), idsOf(index, keys));
}

/** Runs everything one by one; `seen` is told each key with the arguments it was called with. */
function runAll(
  graph: Graph,
  keys: readonly string[],
  seen?: (key: string, args: unknown[]) => void,
): unknown[] {
  const index = graph.index();
  const core = coreOf(graph, keys);
  for (let id = core.next(); id >= 0; id = core.next()) {
    const args = core.argumentsOf(id);
    seen?.(index.keys[id] as string, args);
    core.finish(id, add(...(args.flat(9) as number[])));
  }
  expect(core.complete).to.equal(true);
  expect(core.done).to.equal(core.total);
  return core.results();
}

/** A random graph: each task takes any earlier ones as data, and follows any earlier ones by control edges. */
const graphs = fc
  .array(
    fc.record({ data: fc.array(fc.nat(), { maxLength: 4 }), control: fc.array(fc.nat(), { maxLength: 2 }) }),
    {
      minLength: 1,
      maxLength: 40,
    },
  )
  .map((rows) => {
    const name = (at: number): string => `k${at}`;
    return Graph.of(
      rows.map(({ data, control }, at) => {
        const earlier = (n: number): string => name(n % at);
        const refs = at === 0 ? [] : data.map((n) => ref(earlier(n)));
        const controls = at === 0 ? [] : control.map(earlier);
        return [name(at), task(add, at, ...refs).after(...controls)] as const;
      }),
    );
  });

describe("The sync core", () => {
  it("gives out a task only after everything it needs, and each task once", () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        const seen = new Set<string>();
        runAll(graph, graph.keys(), (key) => {
          for (const needed of graph.dependencies(key))
            expect(seen.has(needed), `${needed} before ${key}`).to.equal(true);
          expect(seen.has(key)).to.equal(false);
          seen.add(key);
        });
        expect(seen.size).to.equal(graph.size);
      }),
    );
  });

  it("follows the graph's order when tasks run one after another", () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        const order = graph.order();
        const ranks: number[] = [];
        runAll(graph, graph.keys(), (key) => ranks.push(order.get(key) as number));
        expect(ranks).to.deep.equal(ranks.toSorted((a, b) => a - b));
      }),
    );
  });

  it("runs only what the outputs need", () => {
    fc.assert(
      fc.property(graphs, fc.nat(), (graph, pick) => {
        const output = graph.keys()[pick % graph.size] as string;
        const needed = new Set([output]);
        for (const key of needed) for (const other of graph.dependencies(key)) needed.add(other);
        const ran = new Set<string>();
        runAll(graph, [output], (key) => ran.add(key));
        expect(ran).to.deep.equal(needed);
      }),
    );
  });

  it("holds exactly the outputs and the results that an unfinished task takes", () => {
    fc.assert(
      fc.property(graphs, fc.nat(), (graph, pick) => {
        const outputs = [graph.keys()[pick % graph.size] as string, graph.keys().at(-1) as string];
        const needed = new Set(outputs);
        for (const key of needed) for (const other of graph.dependencies(key)) needed.add(other);
        const core = coreOf(graph, outputs);
        const finished = new Set<string>();
        const keys = graph.index().keys;
        for (let id = core.next(); id >= 0; id = core.next()) {
          core.finish(id, 1);
          finished.add(keys[id] as string);
          const unfinished = [...needed].filter((key) => !finished.has(key));
          const taken = new Set(unfinished.flatMap((key) => (graph.get(key) as { refs: string[] }).refs));
          const held = [...finished].filter((key) => outputs.includes(key) || taken.has(key));
          expect(core.held).to.equal(held.length);
        }
      }),
    );
  });

  it("counts as idle what is held for a task to come and taken by no claimed task", () => {
    fc.assert(
      fc.property(graphs, fc.nat(), fc.infiniteStream(fc.boolean()), (graph, pick, finishNow) => {
        const output = graph.keys()[pick % graph.size] as string;
        const core = coreOf(graph, [output]);
        const needed = new Set([output]);
        for (const key of needed) for (const other of graph.dependencies(key)) needed.add(other);
        const keys = graph.index().keys;
        const refsOf = (key: string): string[] => (graph.get(key) as { refs: string[] }).refs;
        const finished = new Set<string>();
        const claimed: number[] = [];
        for (;;) {
          const id = core.next();
          if (id >= 0) {
            core.claim(id);
            claimed.push(id);
          }
          // Outcomes come in any order, some while others are still under way.
          if (id < 0 || finishNow.next().value === true) {
            const ended = claimed.splice(pick % Math.max(1, claimed.length), 1)[0];
            if (ended === undefined) break;
            core.unclaim(ended);
            core.finish(ended, 1);
            finished.add(keys[ended] as string);
          }
          const inUse = new Set(claimed.flatMap((each) => refsOf(keys[each] as string)));
          const wanted = new Set([...needed].filter((key) => !finished.has(key)).flatMap(refsOf));
          const idle = [...finished].filter((key) => key !== output && wanted.has(key) && !inUse.has(key));
          expect(core.idle).to.equal(idle.length);
        }
        expect([core.complete, core.idle]).to.deep.equal([true, 0]);
      }),
    );
  });

  it("computes what a straightforward recursion computes", () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        const known = new Map<string, number>();
        for (const [key, node] of graph.entries()) {
          const { args } = node as { args: readonly (number | { key: string })[] };
          known.set(
            key,
            add(...args.map((arg) => (typeof arg === "number" ? arg : (known.get(arg.key) as number)))),
          );
        }
        expect(runAll(graph, graph.keys())).to.deep.equal([...known.values()]);
      }),
    );
  });

  it("puts results where the references stand, nested, repeated and in any order", () => {
    const graph = Graph.of({
      a: 1,
      b: 2,
      c: 3,
      all: task((...args: unknown[]) => args, { z: [ref("c")], y: ref("a") }, ref("b"), ref("a"), ref("b"), [
        ref("c"),
        7,
      ]),
    });
    const core = coreOf(graph, ["all"]);
    expect(core.argumentsOf(core.next())).to.deep.equal([{ z: [3], y: 1 }, 2, 1, 2, [3, 7]]);
  });

  it("takes aliases of aliases, quoted data and undefined for what they are", () => {
    const graph = Graph.of({
      nothing: undefined,
      list: quote([ref("nothing")]),
      alias: ref("list"),
      again: ref("alias"),
      taken: task((...args: unknown[]) => args, ref("again"), ref("nothing")),
    });
    const core = coreOf(graph, ["again", "taken", "nothing"]);
    const id = core.next();
    const [list, nothing] = core.argumentsOf(id);
    expect(nothing).to.equal(undefined);
    expect((list as { key: string }[])[0]?.key).to.equal("nothing");
    core.finish(id, "done");
    expect(core.next()).to.equal(-1);
    expect(core.results()).to.deep.equal([list, "done", undefined]);
    expect(core.total).to.equal(1);
  });

  it("gives the same output twice when it is asked for twice", () => {
    expect(runAll(Graph.of({ a: task(add, 4) }), ["a", "a"])).to.deep.equal([4, 4]);
  });

  it("is complete at once when nothing is asked for", () => {
    const core = coreOf(Graph.of({ a: task(add, 4) }), []);
    expect(core.next()).to.equal(-1);
    expect(core.complete).to.equal(true);
    expect(core.results()).to.deep.equal([]);
  });

  it("prefers the higher priority among what is ready, though its inputs rank later", () => {
    const ran: string[] = [];
    const graph = Graph.of({
      low: task(add, 1).with({ priority: -1 }),
      a: task(add, 1),
      b: task(add, 1),
      urgent: task(add, ref("b")).with({ priority: 5 }),
      last: task(add, ref("a")),
    });
    runAll(graph, ["low", "a", "last", "urgent"], (key) => ran.push(key));
    expect(ran.indexOf("urgent")).to.equal(ran.indexOf("b") + 1);
    expect(ran.at(-1)).to.equal("low");
  });

  it("gives a task out again when it is to be retried", () => {
    const core = coreOf(Graph.of({ a: task(add, 4) }), ["a"]);
    const id = core.next();
    expect(core.next()).to.equal(-1);
    core.again(id);
    expect(core.next()).to.equal(id);
  });
});
