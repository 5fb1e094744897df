import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { Bag, Graph, delayed, ref, task, visualize } from "../../../src/index.js";

const inc = delayed((x: number) => x + 1, { name: "inc" });
const graph = Graph.of({
  x: 1,
  y: task((x: number) => x + 1, ref("x")),
  z: task((x: number) => x + 1, ref("y")),
  other: 5,
});

describe("visualize", () => {
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "skein-visualize-"));
  });

  after(async () => {
    await rm(folder, { recursive: true });
  });

  const text = (name: string): Promise<string> => readFile(join(folder, name), "utf8");

  it("draws in the format that the file's ending names, and makes the folders it needs", async () => {
    await visualize(inc(1), join(folder, "deep", "er", "a.svg"));
    await visualize(inc(1), join(folder, "a.PNG"));
    await visualize(inc(1), join(folder, "a.dot"));
    await visualize(inc(1), join(folder, "a.mmd"));
    expect(await text("deep/er/a.svg")).to.include("<svg");
    expect((await readFile(join(folder, "a.PNG"))).subarray(1, 4).toString()).to.equal("PNG");
    expect(await text("a.dot")).to.match(/^digraph/);
    expect(await text("a.mmd")).to.match(/flowchart/);
  });

  it("draws a whole graph, or what some keys need", async () => {
    await visualize(graph, join(folder, "whole.dot"));
    await visualize(graph, ["y"], join(folder, "part.dot"));
    await visualize(graph, "y", join(folder, "same.dot"));
    expect(await text("whole.dot"))
      .to.include("other")
      .and.to.include("z");
    expect(await text("part.dot"))
      .to.include("y")
      .and.not.to.include("other");
    expect(await text("same.dot")).to.equal(await text("part.dot"));
  });

  it("draws structures of lazy values and collections, and lazy values by their own method", async () => {
    const lazy = inc(1);
    await visualize({ lazy, bags: [Bag.range(4).map((x) => x)] }, join(folder, "s.dot"));
    expect(await text("s.dot"))
      .to.include("inc")
      .and.to.include("map");
    await lazy.visualize(join(folder, "own.dot"));
    await visualize(lazy, join(folder, "other.dot"));
    expect(await text("own.dot")).to.equal(await text("other.dot"));
  });

  it("draws the graph as it would run, and in other colours, when asked to", async () => {
    await visualize(graph, ["z"], join(folder, "plain.dot"));
    await visualize(graph, ["z"], join(folder, "optimized.dot"), { optimize: true });
    await visualize(graph, ["z"], join(folder, "order.dot"), { color: "order" });
    expect((await text("optimized.dot")).length).to.be.lessThan((await text("plain.dot")).length);
    expect(await text("order.dot")).to.not.equal(await text("plain.dot"));
  });

  describe("refuses, saying what would do,", () => {
    const anyhow = visualize as (...args: readonly unknown[]) => Promise<void>;
    const refusals: [what: string, act: () => Promise<void>, message: RegExp][] = [
      [
        "an ending it does not know",
        () => visualize(inc(1), "a.gif"),
        /"a\.gif" does not end.*\.svg, \.png, \.dot, \.mmd/,
      ],
      [
        "a file without an ending",
        () => visualize(graph, ["x"], "picture"),
        /"picture" does not end in a known format/,
      ],
      ["no file", () => anyhow(inc(1)), /got undefined. Name a file/],
      ["keys without a file", () => anyhow(graph, ["x"]), /got a value of type Array. Name a file/],
      ["nothing lazy", () => visualize([1, 2], "a.svg"), /no lazy value/],
      ["a key that is not there", () => visualize(graph, ["gone"], "a.svg"), /no key "gone"/],
      ["options that are none", () => anyhow(inc(1), "a.svg", 5), /got the number 5/],
      [
        "a colour that does not exist",
        () => anyhow(inc(1), "a.svg", { color: "mood" }),
        /Known are name, order, state/,
      ],
    ];
    for (const [what, act, message] of refusals) {
      it(what, async () => {
        const error = await act().catch((reason: unknown) => reason);
        expect(error).to.be.instanceOf(Error);
        expect((error as Error).message).to.match(message);
      });
    }
  });
});
