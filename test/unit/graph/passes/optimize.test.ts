import { expect } from "chai";
import { InvalidArgumentError, InvalidKeyError, MissingKeyError } from "../../../../src/errors.js";
import { Graph } from "../../../../src/graph/graph.js";
import { cull } from "../../../../src/graph/passes/cull.js";
import { dedupe } from "../../../../src/graph/passes/dedupe.js";
import { fuse } from "../../../../src/graph/passes/fuse.js";
import type { Fused } from "../../../../src/graph/passes/fused.js";
import { inline } from "../../../../src/graph/passes/inline.js";
import { optimize } from "../../../../src/graph/passes/optimize.js";
import { simplify } from "../../../../src/graph/passes/simplify.js";
import { ref } from "../../../../src/graph/ref.js";
import { task } from "../../../../src/graph/task.js";
import { evaluate } from "../../../support/evaluate.js";

const inc = (x: number): number => x + 1;
const add = (...xs: readonly number[]): number => xs.reduce((sum, x) => sum + x, 0);

const sample = (): Graph =>
  Graph.of({
    one: 1,
    unused: task(inc, 5),
    x: task(inc, ref("one")).with({ pure: true }),
    same: task(inc, ref("uno")).with({ pure: true }),
    uno: ref("one"),
    y: task(add, ref("x"), ref("same")),
    z: task(inc, ref("y")),
  });

describe("optimize", () => {
  it("culls, simplifies, dedupes, inlines and fuses", () => {
    const optimized = optimize(sample(), ["z"]);
    expect(optimized.keys()).to.deep.equal(["z"]);
    expect((optimized.get("z") as Fused).parts.map(({ key }) => key)).to.deep.equal(["x", "y", "z"]);
    expect(evaluate(optimized, ["z"])).to.deep.equal([5]);
  });

  it("does the named passes only, in the order given", () => {
    const graph = sample();
    expect(optimize(graph, ["z"], { passes: [] })).to.equal(graph);
    expect(optimize(graph, ["z"], { passes: ["cull"] }).keys()).to.deep.equal(cull(graph, ["z"]).keys());
    expect(optimize(graph, ["z"], { passes: ["simplify", "dedupe", "cull"] }).keys()).to.deep.equal([
      "one",
      "x",
      "y",
      "z",
    ]);
  });

  it("hands options on to inline and fuse", () => {
    const graph = Graph.of({ a: task(inc, 1), b: task(inc, 2), r: task(add, ref("a"), ref("b")) });
    expect(optimize(graph, ["r"])).to.equal(graph);
    expect(optimize(graph, ["r"], { fuse: { aveWidth: 2 } }).size).to.equal(1);
    expect(optimize(graph, ["r"], { inline: { keys: ["b"] } }).keys()).to.deep.equal(["r"]);
  });

  it("takes passes of one's own, which get the graph so far and all outputs", () => {
    const graph = sample();
    const seen: unknown[] = [];
    const optimized = optimize(graph, new Set(["z", "y"]), {
      passes: [
        "cull",
        (sofar, outputs) => {
          seen.push(sofar.has("unused"), [...outputs]);
          return sofar.merge(Graph.of({ extra: 1 }));
        },
        "simplify",
      ],
    });
    expect(seen).to.deep.equal([false, ["z", "y"]]);
    expect(optimized.has("extra")).to.equal(true);
    expect(optimized.has("uno")).to.equal(false);
  });

  it("gives back the very graph, whose index was made once, when there is nothing to gain", () => {
    const graph = Graph.of(Array.from({ length: 100 }, (_, i) => [`x${i}`, task(inc, i)] as const));
    const index = graph.index();
    expect(optimize(graph, graph.keys())).to.equal(graph);
    expect(graph.index()).to.equal(index);
  });

  it("keeps every output under its own key, also when outputs are equal, aliases, or links of one chain", () => {
    const graph = Graph.of({
      a: task(inc, 1).with({ pure: true }),
      b: task(inc, 1).with({ pure: true }),
      alias: ref("b"),
      over: ref("alias"),
      c: task(inc, ref("over")),
      d: task(inc, ref("c")),
      lit: 7,
    });
    const outputs = ["b", "over", "a", "c", "alias", "d", "lit", "a"];
    expect(evaluate(optimize(graph, outputs), outputs)).to.deep.equal([2, 2, 2, 3, 2, 4, 7, 2]);
  });

  it("works on graphs with nothing in them", () => {
    const empty = Graph.of({});
    expect(optimize(empty, [])).to.equal(empty);
  });
});

describe("passes given what they cannot use", () => {
  const graph = Graph.of({ x: 1, y: task(inc, ref("x")) });
  const passes = { cull, simplify, dedupe, inline, fuse, optimize };

  for (const [name, pass] of Object.entries(passes)) {
    it(`${name} names an output that is not there`, () => {
      expect(() => pass(graph, ["y", "q"])).to.throw(MissingKeyError, '"q"');
    });

    it(`${name} refuses outputs that are no list of keys`, () => {
      for (const outputs of [undefined, null, 5, "y", {}, () => ["y"]]) {
        expect(() => pass(graph, outputs as never)).to.throw(InvalidArgumentError, `${name}(graph, outputs)`);
      }
      expect(() => pass(graph, [1] as never)).to.throw(InvalidKeyError);
      expect(() => pass(graph, [""])).to.throw(InvalidKeyError);
    });

    it(`${name} names a reference to a key that is not there, with both ends`, () => {
      const torn = Graph.of({ a: task(inc, ref("nowhere")) });
      expect(() => pass(torn, ["a"])).to.throw(MissingKeyError, '"a" refers to "nowhere"');
    });
  }

  it("options out of their range, of another kind, or unknown are refused by name", () => {
    for (const name of ["aveWidth", "maxWidth", "maxHeight", "fudge"]) {
      for (const value of [-1, NaN, "2", null]) {
        expect(() => fuse(graph, ["y"], { [name]: value })).to.throw(InvalidArgumentError, name);
        expect(() => optimize(graph, ["y"], { fuse: { [name]: value } })).to.throw(
          InvalidArgumentError,
          name,
        );
      }
    }
    expect(fuse(graph, ["y"], { aveWidth: undefined } as never)).to.equal(graph);
    expect(() => fuse(graph, ["y"], { width: 1 } as never)).to.throw(InvalidArgumentError, "{ width }");
    expect(() => fuse(graph, ["y"], 5 as never)).to.throw(InvalidArgumentError, "options");
    expect(() => inline(graph, ["y"], { keys: "x" })).to.throw(InvalidArgumentError, "keys");
    expect(() => inline(graph, ["y"], { predicate: "x" } as never)).to.throw(
      InvalidArgumentError,
      "predicate",
    );
    expect(() => optimize(graph, ["y"], { passes: "cull" } as never)).to.throw(
      InvalidArgumentError,
      "passes",
    );
    expect(() => optimize(graph, ["y"], { fuse: true } as never)).to.throw(InvalidArgumentError, "fuse");
  });

  it("an unknown pass is refused with those there are", () => {
    for (const pass of ["cul", "", 5, null, "constructor"]) {
      expect(() => optimize(graph, ["y"], { passes: [pass] as never })).to.throw(
        InvalidArgumentError,
        /there is no pass .*cull, simplify, dedupe, inline, fuse/,
      );
    }
  });

  it("a pass of one's own that gives no graph is refused by its name", () => {
    const forgetful = (): never => undefined as never;
    expect(() => optimize(graph, ["y"], { passes: [forgetful] })).to.throw(InvalidArgumentError, "forgetful");
  });

  it("what a pass of one's own throws comes through as it is", () => {
    const failing = (): never => {
      throw new RangeError("mine");
    };
    expect(() => optimize(graph, ["y"], { passes: [failing] })).to.throw(RangeError, "mine");
  });
});
