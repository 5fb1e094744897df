/**
 * What the order of hand-sized graphs must be like: how much they hold, and what stays together. Each graph is
 * written in four ways (see `written`), since neither names nor the order of writing may decide. Most of these
 * situations were first told by users of Dask and are kept in the tests of its `dask.order`; here they are put in
 * our own shapes and words.
 */

import { expect } from "chai";
import { written, type Written } from "../../support/order-checks.js";

type Spec = Readonly<Record<string, string>>;

function always(spec: Spec, check: (order: Written) => void): void {
  for (const order of written(spec)) {
    try {
      check(order);
    } catch (error) {
      if (error instanceof Error) error.message = `${order.how}: ${error.message}`;
      throw error;
    }
  }
}

const neverAbove = (spec: Spec, peak: number): void =>
  always(spec, (order) => expect(order.peak, "peak").to.be.at.most(peak));

/** Tasks numbered 0 … n-1 with what they need: `each(3, "b", (i) => `a${i}`)`. */
const each = (n: number, name: string, needs: (i: number) => string = () => ""): Record<string, string> =>
  Object.fromEntries(Array.from({ length: n }, (_, i) => [`${name}${i}`, needs(i)]));

const all = (n: number, name: string): string => Array.from({ length: n }, (_, i) => `${name}${i}`).join(" ");

const ascending = (...places: readonly number[]): boolean =>
  places.every((place, i) => i === 0 || places[i - 1]! < place);

const apart = (places: readonly number[]): number => Math.max(...places) - Math.min(...places);

describe("The order of small sections", () => {
  it("keeps the loads of one reducer together, whichever they are", () => {
    for (const [one, other] of [
      ["l0 l1", "l2 l3"],
      ["l0 l2", "l1 l3"],
      ["l0 l3", "l1 l2"],
    ] as const) {
      always({ ...each(4, "l"), one, other }, (order) => {
        for (const pair of [one, other]) expect(apart(pair.split(" ").map((l) => order.at(l)))).to.equal(1);
        expect(order.peak).to.equal(2);
      });
    }
  });

  it("finishes one of two sections that share nothing before the other", () => {
    always({ x: "", x1: "x", y: "", y1: "y", y2: "y" }, (order) => {
      const first = [order.at("x"), order.at("x1")];
      const second = [order.at("y"), order.at("y1"), order.at("y2")];
      expect(apart(first)).to.equal(1);
      expect(apart(second)).to.equal(2);
    });
  });

  it("goes through one chain at a time, the longer first", () => {
    always({ a: "", b: "a", c: "b", d: "", e: "d" }, (order) => {
      expect(["a", "b", "c", "d", "e"].map((key) => order.at(key))).to.deep.equal([0, 1, 2, 3, 4]);
    });
  });

  it("returns to the half of a graph it has begun, though one output needs both halves", () => {
    // Two pairs of windows over three loads each; all four results are stored together.
    const half = (h: string) => ({
      [`${h}0`]: "",
      [`${h}1`]: "",
      [`${h}2`]: "",
      [`${h}low`]: `${h}0 ${h}1`,
      [`${h}high`]: `${h}1 ${h}2`,
    });
    always({ ...half("p"), ...half("q"), store: "plow qhigh phigh qlow" }, (order) => {
      const p = ["p0", "p1", "p2", "plow", "phigh"].map((key) => order.at(key));
      const q = ["q0", "q1", "q2", "qlow", "qhigh"].map((key) => order.at(key));
      expect(Math.max(...p) < Math.min(...q) || Math.max(...q) < Math.min(...p)).to.equal(true);
      expect(order.peak).to.equal(5);
    });
  });

  it("runs the smaller section beside a larger one without holding both", () => {
    // Two windows over three loads, the second summed with a branch of a split load.
    const spec = {
      l0: "",
      l1: "",
      l2: "",
      s: "",
      low: "l0 l1",
      high: "l1 l2",
      cut: "s",
      aside: "s",
      sum: "high cut",
    };
    neverAbove(spec, 2);
  });
});

describe("The order of reductions", () => {
  it("folds as it goes: a staircase over one split load holds three results", () => {
    const steps = { s0: "b0", s1: "s0 b1", s2: "s1 b2", s3: "s2 b3" };
    always({ root: "", ...each(4, "b", () => "root"), ...steps }, (order) => {
      expect(order.peak).to.equal(3);
      expect(
        ascending(order.at("b0"), order.at("s0"), order.at("s1"), order.at("s2"), order.at("s3")),
      ).to.equal(true);
      expect(order.at("b0")).to.be.at.most(2);
    });
  });

  it("completes the inner reducer before it loads what only the outer one needs", () => {
    // Once with loads of their own, once with all of them cut from one root.
    for (const root of [{}, { root: "" }]) {
      const needs = "root" in root ? "root" : "";
      const spec = {
        ...root,
        c0: "",
        a0: needs,
        b0: needs,
        a1: needs,
        b1: needs,
        inner: "c0 a0 b0",
        outer: "inner a1 b1",
      };
      always(spec, (order) => {
        expect(order.at("inner")).to.be.below(Math.min(order.at("a1"), order.at("b1")));
        expect(order.peak).to.equal("root" in root ? 4 : 3);
      });
    }
  });

  it("takes one step of a recurrence at a time, though every step's inputs could be made at once", () => {
    const depth = 8;
    const spec = {
      b: "",
      c: "",
      start: "b c",
      ...each(depth, "b", () => "b"),
      ...each(depth, "c", () => "c"),
      ...each(depth, "d", (i) => `${i === 0 ? "start" : `d${i - 1}`} b${i} c${i}`),
    };
    always(spec, (order) => {
      expect(order.peak).to.equal(5);
      for (let i = 1; i < depth; i++) expect(order.at(`d${i}`) - order.at(`d${i - 1}`)).to.be.at.most(4);
    });
  });

  it("does the branches with more work first when one output needs them all", () => {
    const spec = {
      root: "",
      long1: "root",
      long2: "long1",
      short: "root",
      ...each(2, "p", () => "root"),
      ...each(2, "q", (i) => `p${i}`),
      pair: "q0 q1",
      ...each(2, "u", () => "root"),
      ...each(2, "w", (i) => `u${i}`),
      couple: "w0 w1",
      end: "long2 short pair couple",
    };
    always(spec, (order) => {
      expect(Math.max(order.at("pair"), order.at("couple"))).to.be.below(order.at("short"));
      expect(order.peak).to.be.at.most(5);
    });
  });

  it("holds no more for statistics of several collections than for the same ones of fewer", () => {
    // Means of u², v² and uv over five blocks each: as many results as three sums of four and the rest want.
    const blocks = 5;
    const mean = (name: string, of: (i: number) => string) => ({
      ...each(blocks, name, of),
      [`${name}part`]: all(4, name),
      [`${name}mean`]: `${name}part ${name}4`,
    });
    const both = {
      ...each(blocks, "u"),
      ...each(blocks, "v"),
      ...mean("uu", (i) => `u${i}`),
      ...mean("vv", (i) => `v${i}`),
      ...mean("uv", (i) => `u${i} v${i}`),
    };
    neverAbove(both, 11);
  });

  it("reduces a grouped load by groups: outputs come at even distances", () => {
    // Six chunks, each with its own load and one of two shared label arrays; pairs of chunks give an output.
    const spec = {
      ...each(2, "label"),
      ...each(6, "load"),
      ...each(6, "part", (i) => `load${i}`),
      ...each(6, "chunk", (i) => `part${i} label${i % 2}`),
      ...each(3, "sum", (i) => `chunk${2 * i} chunk${2 * i + 1}`),
      ...each(3, "out", (i) => `sum${i}`),
    };
    always(spec, (order) => {
      const out = [0, 1, 2].map((i) => order.at(`out${i}`)).sort((a, b) => a - b);
      expect(order.peak).to.be.at.most(4);
      expect(out[2]! - out[1]!).to.equal(out[1]! - out[0]!);
    });
  });
});

describe("The order of splitters", () => {
  it("runs what frees a result before what adds one", () => {
    //   top ← b ← load;  top ← c ← deep;  side ← c: with c made, its side output is free
    const spec = { load: "", b: "load", deep: "", c1: "deep", c: "c1", side: "c", mid: "b c", top: "mid" };
    always(spec, (order) => {
      expect(order.peak).to.be.at.most(2);
      expect(Math.abs(order.at("side") - order.at("c"))).to.be.at.most(2);
    });
  });

  it("keeps two outputs of one split next to each other", () => {
    const spec = {
      b: "",
      e1: "b",
      e2: "e1",
      deep: "",
      c: "deep",
      d1: "c",
      d2: "d1",
      d3: "d1",
      a1: "b c",
      a2: "a1",
    };
    always(spec, (order) => {
      expect(apart([order.at("d2"), order.at("d3")])).to.equal(1);
      expect(order.peak).to.be.at.most(2);
    });
  });

  it("meets the need that takes more first, where two branches share a load", () => {
    always({ d: "", e: "", b: "d e", c: "d", a: "b c d" }, (order) => {
      expect(order.at("b")).to.be.below(order.at("c"));
      expect(order.peak).to.equal(3);
    });
  });

  it("drops a split result soon: crossed pairs hold no more than when their tails are longer", () => {
    const cross = (tails: number): Spec => {
      const spec: Record<string, string> = {};
      for (let x = 0; x < 4; x++) {
        Object.assign(spec, { [`s${x}`]: "", [`t${x}`]: `s${x}`, [`l${x}`]: `s${x}`, [`r${x}`]: `t${x}` });
        for (let y = 0; y < 4; y++) {
          const pair = `${x}-${y}`;
          Object.assign(spec, {
            [`p${pair}`]: `l${x} r${y}`,
            [`min${pair}`]: `p${pair}`,
            [`max${pair}`]: `p${pair}`,
          });
          for (let i = 0; i < tails; i++)
            spec[`min${i}${pair}`] = i === 0 ? `min${pair}` : `min${i - 1}${pair}`;
        }
      }
      return spec;
    };
    for (const tails of [0, 1, 2]) {
      always(cross(tails), (order) => {
        expect(order.peak).to.be.at.most(9);
        for (let x = 0; x < 4; x++) {
          for (let y = 0; y < 4; y++) {
            const ends = [`max${x}-${y}`, tails > 0 ? `min${tails - 1}${x}-${y}` : `min${x}-${y}`];
            expect(apart(ends.map((key) => order.at(key)))).to.be.at.most(tails + 1);
          }
        }
      });
    }
  });

  it("goes to the bottom of a tree of splits before it opens another branch", () => {
    const spec: Record<string, string> = { n: "" };
    for (const path of ["l", "r", "ll", "lr", "rl", "rr"]) spec[`n${path}`] = `n${path.slice(0, -1)}`;
    always(spec, (order) => {
      const left = ["nl", "nll", "nlr"].map((key) => order.at(key));
      const right = ["nr", "nrl", "nrr"].map((key) => order.at(key));
      expect(Math.max(...left) < Math.min(...right) || Math.max(...right) < Math.min(...left)).to.equal(true);
      expect(order.peak).to.equal(2);
    });
  });
});

describe("The order of neighbours", () => {
  it("moves along a row of groups that overlap, from one end to the other", () => {
    // Nine outputs over four loads; some need two neighbouring ones.
    const needs = ["0", "0", "0 1", "1", "1 2", "2", "2 3", "3", "3"];
    const spec = {
      ...each(4, "b"),
      ...each(9, "a", (i) =>
        needs[i]!.split(" ")
          .map((n) => `b${n}`)
          .join(" "),
      ),
    };
    always(spec, (order) => {
      const loads = [0, 1, 2, 3].map((i) => order.at(`b${i}`));
      expect(ascending(...loads) || ascending(...loads.toReversed())).to.equal(true);
      expect(order.peak).to.equal(2);
    });
  });

  it("finishes one end of a map with overlap before the other is loaded", () => {
    const spec = {
      e1: "",
      d1: "e1",
      c1: "d1",
      d2: "",
      e3: "",
      d3: "e3",
      c3: "d3",
      d4: "",
      e5: "",
      d5: "e5",
      c5: "d5",
      c2: "d1 d2 d3",
      c4: "d3 d4 d5",
      b1: "c1 c2",
      b3: "c2 c3 c4",
      b5: "c4 c5",
    };
    always(spec, (order) => {
      expect(order.at("b1") < order.at("e5") || order.at("b5") < order.at("e1")).to.equal(true);
      expect(order.peak).to.be.at.most(4);
    });
  });

  it("finds the row behind scattered names: loads and windows take turns", () => {
    // Windows of three along the row 2 0 7 4 9 6 5 1 8 3, shorter at one end.
    const row = [2, 0, 7, 4, 9, 6, 5, 1, 8, 3];
    const window = (i: number): string =>
      row
        .slice(Math.max(0, i - 2), i + 1)
        .map((n) => `a${n}`)
        .join(" ");
    always({ ...each(10, "a"), ...each(10, "w", window) }, (order) => {
      expect(order.peak).to.equal(3);
      const windows = row.map((_, i) => order.at(`w${i}`));
      expect(ascending(...windows) || ascending(...windows.toReversed())).to.equal(true);
    });
  });

  it("holds three of five loads, each needed by up to three neighbours", () => {
    const needs = (i: number): string =>
      [i, i + 1, i + 2]
        .filter((n) => n < 5)
        .map((n) => `x${n}`)
        .join(" ");
    neverAbove({ ...each(5, "x"), ...each(5, "y", needs) }, 3);
  });

  it("lets one stack of three connected ones go before the next", () => {
    const spec = { a3: "", a2: "a3", a1: "a2", b3: "", b2: "b3 a2", b1: "b2", c3: "", c2: "c3 b2", c1: "c2" };
    always(spec, (order) => {
      expect(order.peak).to.equal(2);
      expect(order.at("a1")).to.be.below(order.at("b1"));
      expect(order.at("b1")).to.be.below(order.at("c1"));
    });
  });
});

describe("The order of larger sections", () => {
  it("finishes the groups it has begun before it loads those of others, in an anomaly by groups", () => {
    // Five blocks in two groups; the mean of each group is taken off its members.
    const group = (i: number): number => i % 2;
    const spec = {
      ...each(5, "x"),
      ...each(5, "part", (i) => `x${i}`),
      mean0: "part0 part2 part4",
      mean1: "part1 part3",
      ...each(5, "diff", (i) => `x${i} mean${group(i)}`),
      ...each(5, "chunk", (i) => `diff${i}`),
      low: "chunk0 chunk1 chunk2 chunk3",
      total: "low chunk4",
    };
    always(spec, (order) => {
      const even = [0, 2, 4].flatMap((i) => [order.at(`x${i}`), order.at(`diff${i}`)]);
      const odd = [1, 3].flatMap((i) => [order.at(`x${i}`), order.at(`diff${i}`)]);
      expect(Math.max(...even) < Math.min(...odd) || Math.max(...odd) < Math.min(...even)).to.equal(true);
      expect(order.peak).to.be.at.most(7);
    });
  });

  it("gives all three results of one group before the next group is opened", () => {
    const spec: Record<string, string> = { by: "" };
    for (const g of [0, 1]) {
      Object.assign(spec, {
        [`u${g}`]: "",
        [`v${g}`]: "",
        [`cu${g}`]: `u${g}`,
        [`cv${g}`]: `v${g}`,
        [`su${g}`]: `cu${g}`,
        [`sv${g}`]: `cv${g}`,
        [`both${g}`]: `u${g} v${g} su${g} sv${g}`,
        [`outu${g}`]: `by cu${g}`,
        [`outv${g}`]: `by cv${g}`,
        [`out${g}`]: `by both${g}`,
      });
    }
    always(spec, (order) => {
      const outs = [0, 1].map((g) => ["outu", "outv", "out"].map((key) => order.at(`${key}${g}`)));
      expect(
        Math.max(...outs[0]!) < Math.min(...outs[1]!) || Math.max(...outs[1]!) < Math.min(...outs[0]!),
      ).to.equal(true);
      expect(order.peak).to.be.at.most(5);
    });
  });

  it("loads a block with many uses once, and every reducer's other needs when it is its turn", () => {
    // 4 × 4 blocks made from two common settings, kept and summed by rows.
    const spec: Record<string, string> = { s0: "", s1: "" };
    for (let y = 0; y < 4; y++) {
      for (let x = 0; x < 4; x++) Object.assign(spec, { [`x${y}${x}`]: "s0 s1", [`m${y}${x}`]: `x${y}${x}` });
      spec[`sum${y}`] = `m${y}0 m${y}1 m${y}2 m${y}3`;
    }
    always(spec, (order) => {
      expect(order.peak).to.equal(6);
      const rows = [0, 1, 2, 3].map((y) => [0, 1, 2, 3].map((x) => order.at(`x${y}${x}`)));
      for (const row of rows) expect(apart(row)).to.be.below(8);
    });
  });

  it("reduces two thick branches as far as they go before it loads the thin ones", () => {
    // Each load gives a term for two sums of eight; two more loads join one sum each, near the end.
    const spec = {
      ...each(8, "load"),
      ...each(8, "x", (i) => `load${i}`),
      ...each(8, "p", (i) => `x${i}`),
      ...each(8, "q", (i) => `x${i}`),
      ...each(4, "p2", (i) => `p${2 * i} p${2 * i + 1}`),
      ...each(4, "q2", (i) => `q${2 * i} q${2 * i + 1}`),
      ...each(2, "p4", (i) => `p2${2 * i} p2${2 * i + 1}`),
      ...each(2, "q4", (i) => `q2${2 * i} q2${2 * i + 1}`),
      p8: "p40 p41",
      q8: "q40 q41",
      thin0: "",
      thin1: "",
      psum: "p8 thin0",
      qsum: "q8 thin1",
      out: "psum qsum",
    };
    always(spec, (order) => {
      expect(order.peak).to.be.at.most(8);
      for (const thin of ["thin0", "thin1"]) {
        for (let i = 0; i < 8; i++) expect(order.at(`load${i}`)).to.be.below(order.at(thin));
      }
    });
  });

  it("multiplies by something shared block by block: two partial results and the shared one", () => {
    const blocks = 8;
    const spec = {
      shared: "",
      ...each(blocks, "a"),
      ...each(blocks, "ab", (i) => `a${i} shared`),
      ...each(blocks, "abb", (i) => `ab${i} shared`),
      ...each(blocks, "out", (i) => `abb${i}`),
    };
    always(spec, (order) => {
      expect(order.peak).to.be.at.most(3);
      for (let i = 0; i < blocks; i++) expect(order.at(`out${i}`) - order.at(`a${i}`)).to.be.at.most(4);
    });
  });

  it("crosses three columns with three rows holding at most nine cells", () => {
    // Three columns, each of two loads giving three cells; each output needs one cell of every column.
    const spec: Record<string, string> = {};
    for (let x = 0; x < 3; x++) {
      Object.assign(spec, {
        [`l${x}`]: "",
        [`r${x}`]: "",
        [`${x}0`]: `l${x}`,
        [`${x}1`]: `l${x} r${x}`,
        [`${x}2`]: `r${x}`,
      });
      for (let y = 0; y < 3; y++) spec[`c${x}${y}`] = `${x}${y}`;
    }
    for (let y = 0; y < 3; y++) spec[`out${y}`] = `c0${y} c1${y} c2${y}`;
    neverAbove(spec, 7);
  });
});
