/** The graphs that bags build: what their tasks are made of, how they are named, what they share and cost. */

import { expect } from "chai";
import { Bag } from "../../../../src/collections/bag/bag.js";
import { bagKernels } from "../../../../src/collections/bag/kernels/table.js";
import type { Collection } from "../../../../src/collections/collection.js";
import { delayed } from "../../../../src/collections/delayed.js";
import { CapturedVariableError } from "../../../../src/errors.js";
import { moduleReference, type AnyFunction } from "../../../../src/graph/functions.js";
import { Graph } from "../../../../src/graph/graph.js";
import type { GraphJson } from "../../../../src/graph/json.js";
import { optimize } from "../../../../src/graph/passes/optimize.js";
import { Quoted } from "../../../../src/graph/ref.js";
import { collectGraph } from "../../../../src/graph/source.js";
import { Task } from "../../../../src/graph/task.js";
import { bagOfRuns } from "../../../support/bags.js";
import { computePlain, persistPlain } from "../../../support/compute-plain.js";
import { evaluateAsync } from "../../../support/evaluate.js";
import { temporaryDirectory } from "../../../support/temporary-directory.js";

const inc = (x: number): number => x + 1;
const even = (x: number): boolean => x % 2 === 0;
const twice = (x: number): number[] => [x, x];
const add = (a: number, b: number): number => a + b;
const reversed = (items: number[]): number[] => items.reverse();
const zero = (): number => 0;
const callbacks: ReadonlySet<unknown> = new Set([inc, even, twice, add, reversed, zero]);

/** Something of every method, over `bag`. */
function everything(bag: Bag<number>): Collection<unknown>[] {
  const other = bag.filter(even);
  return [
    [bag, bag.map(inc), other, bag.flatMap(twice), bag.mapPartitions(reversed), bag.map(twice).pluck(0)],
    [bag.fold(add, 0), bag.fold(add, add, zero), bag.reduce(add), bag.reduce(add, 1), bag.count(), bag.sum()],
    [bag.mean(), bag.min(), bag.max(), bag.foldBy(even, add), bag.foldBy(even, add, 0), bag.frequencies()],
    [bag.foldBy(even, add, add, zero), bag.topK(2), bag.topK(2, inc), bag.distinct(), bag.distinct(even)],
    [bag.groupBy(even), bag.groupBy(even, { partitions: 2 }), bag.join(other, inc), bag.join([1, 2], inc)],
    [bag.zip(other, [1]), bag.zip(bag.map(inc)), bag.accumulate(add), bag.accumulate(add, 0), bag.take(3)],
    [
      bag.repartition(2),
      bag.repartition(20),
      bag.concat(other),
      Bag.range(5),
      bag.repartition(1).groupBy(even),
    ],
  ].flat();
}

function tasksOf(graph: Graph): Task[] {
  return [...graph.entries()].map(([, node]) => node).filter((node) => node instanceof Task);
}

/** Every function among a task's arguments, at any depth. */
function functionsIn(value: unknown): unknown[] {
  if (typeof value === "function") return [value];
  if (value instanceof Quoted) return functionsIn(value.value);
  return Array.isArray(value) ? value.flatMap(functionsIn) : [];
}

describe("The tasks of bags", () => {
  // More partitions than a task of a tree takes, so that the trees have an inner level.
  const bag = Bag.of([...Array(20).keys()], { partitions: 10 });

  it("call kernels that are found by module and name, and carry only the user's callbacks as functions", () => {
    const directory = temporaryDirectory();
    try {
      const text = Bag.fromText(directory.write("a.txt", "1"));
      const json = Bag.fromNdjson(directory.write("a.json", "1"));
      const all = [...everything(bag), text, json, text.toText("x"), bag.toNdjson("x"), delayed(inc)(1)];
      const used = new Set<AnyFunction>();
      for (const { fn, args } of tasksOf(collectGraph(all.map(({ source }) => source)))) {
        for (const argument of functionsIn(args)) expect(callbacks.has(argument)).to.equal(true);
        if (fn === inc) continue;
        const reference = moduleReference(fn);
        expect(reference?.module).to.equal("skein:bag");
        expect(bagKernels.get(reference?.name ?? "")).to.equal(fn);
        used.add(fn);
      }
      const unused = [...bagKernels].filter(([, fn]) => !used.has(fn)).map(([name]) => name);
      expect(unused).to.deep.equal([]);
    } finally {
      directory.remove();
    }
  });

  it("take nothing from outside but their arguments: every kernel's name is its function's name", () => {
    for (const [name, fn] of bagKernels) expect(fn.name).to.equal(name);
  });

  it("are not made before the graph is asked for, and the elements are not looked at", () => {
    const touchy = new Proxy(
      {},
      {
        get(_, name) {
          if (name === Symbol.for("skein.lazy")) return undefined;
          throw new Error(`looked at ${String(name)}`);
        },
        ownKeys() {
          throw new Error("listed");
        },
      },
    );
    const touched = Bag.of([touchy, touchy]).map(() => 1);
    expect(touched.graph.size).to.equal(4);
  });

  it("number no more than partitions need, also for a million elements", () => {
    const big = Bag.of(Array.from({ length: 1_000_000 }, (_, i) => i));
    expect(big.partitions).to.equal(100);
    expect(big.map(inc).graph.size).to.equal(200);
    expect(Bag.range(1e12).partitions).to.equal(100);
    expect(Bag.range(1e12).graph.size).to.equal(100);
  });

  it("are the same objects however often they are asked for", () => {
    const mapped = bag.map(inc);
    expect(collectGraph([mapped.source]).get(mapped.outputs[0] as string)).to.equal(
      mapped.graph.get(mapped.outputs[0] as string),
    );
  });

  it("carry the options of their step, and the name it was given", () => {
    const mapped = bag.map(inc, { retries: 2, name: "load" });
    expect(mapped.outputs[0]).to.match(/^load-\w+-0$/);
    expect((mapped.graph.get(mapped.outputs[0] as string) as Task).options).to.deep.equal({ retries: 2 });
  });

  it("reduce in a tree of splitEvery branches, 8 unless given", () => {
    const many = Bag.range(1000, { partitions: 100 });
    const widths = (graph: Graph, key: string): number[] => {
      const { refs } = graph.get(key) as Task;
      return [refs.length, ...(refs.length > 1 ? widths(graph, refs[0] as string) : [])];
    };
    const sum = many.sum();
    expect(widths(sum.graph, sum.key)).to.deep.equal([2, 8, 8, 1]);
    expect(sum.graph.size).to.equal(100 + 100 + 13 + 2 + 1);
    const binary = many.count({ splitEvery: 2 });
    expect(widths(binary.graph, binary.key)).to.deep.equal([2, 2, 2, 2, 2, 2, 2, 1]);
  });
});

describe("The graph of a bag as JSON", () => {
  it("gives the same results when it is read again, callbacks that stand on their own included", async () => {
    const bag = Bag.of(["b", "a", "c", "a"], { partitions: 3 })
      .map((letter) => ({ letter, at: new Date(letter.charCodeAt(0)) }))
      .groupBy((x) => x.letter)
      .join([["a", 1n]] as const, 0, 0);
    const read = Graph.fromJSON(JSON.parse(JSON.stringify(bag.graph.toJSON())) as GraphJson);
    expect(bag.assemble(await evaluateAsync(read, bag.outputs))).to.deep.equal(await computePlain(bag));
  });

  it("cannot be made where a callback uses something from outside itself", () => {
    const by = 3;
    expect(() =>
      Bag.range(3)
        .map((x) => x * by)
        .graph.toJSON(),
    ).to.throw(CapturedVariableError, /by/);
  });
});

describe("The keys of bags", () => {
  const bag = Bag.of([1, 2, 3], { partitions: 2 });

  it("are the same for the same steps without callbacks, so that they are computed once", () => {
    expect(bag.count().key).to.equal(bag.count().key);
    expect(bag.distinct().topK(2).outputs).to.deep.equal(bag.distinct().topK(2).outputs);
    expect(bag.groupBy("length" as never).outputs).to.deep.equal(bag.groupBy("length" as never).outputs);
    expect(Bag.range(10).sum().key).to.equal(Bag.range(10).sum().key);
    expect(bag.count().key).to.not.equal(bag.count({ splitEvery: 3 }).key);
    expect(bag.topK(1).outputs).to.not.deep.equal(bag.topK(2).outputs);
    expect(Bag.range(10).sum().key).to.not.equal(Bag.range(11).sum().key);
  });

  it("are different for two bags of the same elements, and for every step with a callback", () => {
    expect(Bag.of([1]).outputs).to.not.deep.equal(Bag.of([1]).outputs);
    expect(bag.map(inc).outputs).to.not.deep.equal(bag.map(inc).outputs);
    expect(bag.fold(add, 0).key).to.not.equal(bag.fold(add, 0).key);
  });

  it("are the same for steps whose callback is declared pure", async () => {
    const pure = { pure: true };
    const make = (): Bag<number> => bag.map((x) => x * 2, pure);
    expect(make().outputs).to.deep.equal(make().outputs);
    expect(bag.map(inc, pure).outputs).to.not.deep.equal(make().outputs);
    expect(bag.map(inc, { pure: true, retries: 1 }).outputs).to.not.deep.equal(bag.map(inc, pure).outputs);
    expect(await computePlain(make().concat(make()))).to.deep.equal([2, 4, 6, 2, 4, 6]);
    const scaled = (by: number): Bag<number> => bag.map((x) => x * by, pure);
    expect(await computePlain(scaled(2).concat(scaled(3)))).to.deep.equal([2, 4, 6, 3, 6, 9]);
  });

  it("never name two different tasks, whatever is put into one graph", async () => {
    const all = [...everything(bag), ...everything(bagOfRuns([[1], [2, 3]])), ...everything(bag)];
    const graph = collectGraph(all.map(({ source }) => source));
    const results = await evaluateAsync(
      graph,
      all.flatMap(({ outputs }) => outputs),
    );
    let at = 0;
    for (const each of all) {
      const value = each.assemble(results.slice(at, (at += each.outputs.length)));
      expect(value).to.deep.equal(await computePlain(each));
    }
  });
});

describe("The default passes", () => {
  it("make one task a partition of a row of map, filter, flatMap and pluck, and of what is read before", () => {
    const row = Bag.range(100, { partitions: 10 })
      .map(inc)
      .filter(even)
      .flatMap(twice)
      .map((x) => ({ x }))
      .pluck("x");
    expect(row.graph.size).to.equal(60);
    expect(optimize(row.graph, row.outputs).size).to.equal(10);
  });

  it("give the same results for everything", async () => {
    for (const each of everything(bagOfRuns([[3, 1], [], [2, 2, 5]]))) {
      const graph = optimize(collectGraph([each.source]), each.outputs);
      const value = each.assemble(await evaluateAsync(graph, each.outputs));
      expect(value).to.deep.equal(await computePlain(each));
    }
  });
});

describe("A persisted bag", () => {
  it("is the same bag over finished partitions, which are not computed again", async () => {
    let calls = 0;
    const bag = Bag.range(10, { partitions: 3 }).map((x) => {
      calls++;
      return x;
    });
    const kept = await persistPlain(bag);
    expect(kept).to.be.instanceOf(Bag);
    expect(kept.outputs).to.deep.equal(bag.outputs);
    expect(kept.partitions).to.equal(3);
    expect(kept.graph.size).to.equal(3);
    expect(await computePlain(kept.map(inc).sum())).to.equal(55);
    expect(await computePlain(kept.zip(kept.map(inc)).count())).to.equal(10);
    expect(calls).to.equal(10);
  });

  it("goes together with the bag it came from in one graph, and with itself twice", async () => {
    const bag = bagOfRuns([[1], [2]]).map(inc);
    const kept = await persistPlain(bag.concat(bag));
    expect(await computePlain(bag.concat(kept, kept))).to.deep.equal([2, 3, 2, 3, 2, 3, 2, 3, 2, 3]);
    expect(await computePlain(bag.sum())).to.equal(5);
  });

  it("keeps elements that are references or tasks as data", async () => {
    const task = new Task(inc, [1], []);
    const kept = await persistPlain(Bag.of<unknown>([task, [task]]).map((x) => x));
    expect(await computePlain(kept)).to.deep.equal([task, [task]]);
  });
});

describe("The partitions of a bag as lazy arrays", () => {
  it("are computed apart, and make a bag again", async () => {
    const parts = bagOfRuns([[1], [], [2, 3]])
      .map(inc)
      .toDelayed();
    expect(await Promise.all(parts.map(computePlain))).to.deep.equal([[2], [], [3, 4]]);
    expect(await computePlain(Bag.fromDelayed(parts))).to.deep.equal([2, 3, 4]);
  });
});
