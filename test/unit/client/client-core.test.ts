/** A client's core: what it is told of keys, and what it makes of that. */

import { expect } from "chai";
import { ClientCore } from "../../../src/actors/client/client.core.js";
import { defaultClientConfig } from "../../../src/actors/client/config.js";
import type { ClientInstruction, ClientStimulus } from "../../../src/actors/client/stimuli.js";
import { submissionOf } from "../../../src/client/cluster/submission.js";
import { Graph } from "../../../src/graph/graph.js";
import { pageRows } from "../../../src/protocol/limits.js";
import type { Status, Submit } from "../../../src/protocol/messages.js";

const scheduler = "scheduler:s:1";

class Talk {
  readonly core = new ClientCore(defaultClientConfig);

  constructor() {
    this.tell({
      type: "peerUp",
      peer: scheduler,
      hello: { kind: "hello", role: "scheduler", name: "s", versions: [1, 1] },
    });
    this.core.drain();
  }

  /** What the core asks for then. */
  tell(...stimuli: readonly ClientStimulus[]): ClientInstruction[] {
    for (const stimulus of stimuli) {
      this.core.handle(stimulus, 0);
      this.core.validate();
    }
    return this.core.drain();
  }

  hear(message: Status): ClientInstruction[] {
    return this.tell({ type: "message", from: scheduler, message });
  }

  /** The kinds of messages to a scheduler that begins anew. */
  offered(): string[] {
    const instructions = this.tell({ type: "linkReset", peer: scheduler });
    return instructions.map((each) => (each.type === "send" ? each.message.kind : each.type));
  }
}

function graphOf(keys: readonly string[]): Submit[] {
  return submissionOf(Graph.of(keys.map((key) => [key, 1] as const)), keys, { graphId: keys.join() });
}

/** Keys that are finished, with the bytes of their values. */
function finished(values: Readonly<Record<string, readonly number[]>>): Status {
  const rows = Object.values(values);
  const inlineStart = new Uint32Array(rows.length + 1);
  for (const [i, row] of rows.entries()) inlineStart[i + 1] = inlineStart[i]! + row.length;
  return {
    kind: "status",
    turns: 0,
    keys: Object.keys(values),
    state: new Uint8Array(rows.length),
    run: Float64Array.from(rows, (_, i) => i + 1),
    nbytes: Float64Array.from(rows, (row) => Math.max(1, row.length)),
    inlineStart,
    inline: Uint8Array.from(rows.flat()),
    holders: rows.flatMap((row, i) => (row.length > 0 ? [] : [[i, ["worker:w:1"]] as const])),
    errors: [],
  };
}

describe("A client core", () => {
  it("hands on the values that came with a status as rows, of those keys alone that are wanted", () => {
    const talk = new Talk();
    talk.tell({ type: "submit", parts: graphOf(["a", "b", "c"]), wants: ["a", "b", "c"] });
    talk.tell({ type: "release", keys: ["b"] });
    const news = talk.hear(finished({ a: [1], b: [2], c: [3, 4] }));
    expect(news.map(({ type }) => type)).to.deep.equal(["finished"]);
    const { keys, rows, values } = news[0] as Extract<ClientInstruction, { type: "finished" }>;
    expect([...rows].map((row) => keys[row])).to.deep.equal(["a", "c"]);
    const bytesOf = (row: number): number[] => [
      ...values.inline.subarray(values.inlineStart[row], values.inlineStart[row + 1]),
    ];
    expect([...rows].map(bytesOf)).to.deep.equal([[1], [3, 4]]);
  });

  it("asks the holders for values that did not come along, once they are needed", () => {
    const talk = new Talk();
    talk.tell({ type: "submit", parts: graphOf(["a", "b", "c"]), wants: ["a", "b", "c"] });
    talk.tell({ type: "need", keys: ["a", "c"] });
    const news = talk.hear(finished({ a: [], b: [], c: [7] }));
    const asked = news.flatMap((each) =>
      each.type === "send" && each.message.kind === "get" ? [...each.message.runs] : [],
    );
    expect(asked).to.deep.equal([1]);
    expect(news.map(({ type }) => type)).to.include.members(["settled", "finished"]);
  });

  it("keeps a graph while one of its keys is wanted, however often they were named", () => {
    const talk = new Talk();
    talk.tell({ type: "submit", parts: graphOf(["a", "b"]), wants: ["a", "b", "a"] });
    talk.tell({ type: "release", keys: ["a"] });
    expect(talk.offered()).to.deep.equal(["keep", "submit", "want"]);
    talk.tell({ type: "release", keys: ["b", "b"] });
    expect(talk.offered()).to.deep.equal(["keep", "want"]);
  });

  it("does not take for a key that is wanted again what was said of it before its release was heard of", () => {
    const talk = new Talk();
    talk.tell({ type: "submit", parts: graphOf(["a"]), wants: ["a"] });
    talk.tell({ type: "release", keys: ["a"] });
    talk.tell({ type: "submit", parts: graphOf(["a"]), wants: ["a"] });
    expect(talk.hear(finished({ a: [1] }))).to.deep.equal([]);
    expect(talk.core.pending()).to.deep.equal(["a"]);
    expect(talk.hear({ ...finished({ a: [2] }), turns: 1 })).to.have.length(1);
    expect(talk.core.pending()).to.deep.equal([]);
  });

  it("tells of a scattered value, and asks for another attempt, again and again until it hears what came of it", () => {
    const talk = new Talk();
    const said = (): unknown[] =>
      talk.tell({ type: "linkReset", peer: scheduler }).flatMap((each) => {
        const isAsked = each.type === "send" && ["scatter", "retry"].includes(each.message.kind);
        return isAsked ? [each.message] : [];
      });
    talk.tell({ type: "scattered", key: "data", run: 5, nbytes: 9_000, holders: ["worker:w:1"] });
    const scatter = { kind: "scatter", key: "data", run: 5, nbytes: 9_000, holders: ["worker:w:1"] };
    expect(said()).to.deep.equal([scatter]);
    expect(said()).to.deep.equal([scatter]);
    talk.hear(finished({ data: [] }));
    expect(said()).to.deep.equal([]);

    talk.tell({ type: "submit", parts: graphOf(["a"]), wants: ["a"] });
    talk.tell({ type: "retry", keys: ["a"] });
    expect(said()).to.deep.equal([{ kind: "retry", keys: ["a"], nth: 2 }]);
    expect(talk.hear({ ...finished({ a: [1] }), turns: 1 }), "of an attempt before").to.deep.equal([]);
    talk.hear({ ...finished({ a: [1] }), turns: 2 });
    expect(said()).to.deep.equal([]);
  });

  it("sends no turn before it has said what it keeps, not even one that was still to be sent", () => {
    const talk = new Talk();
    talk.tell({ type: "submit", parts: graphOf(["a"]), wants: ["a"] });
    talk.tell({ type: "submit", parts: graphOf(["b"]), wants: ["b"] });
    const said = talk.tell(
      { type: "release", keys: ["a"] },
      { type: "retry", keys: ["b"] },
      { type: "linkReset", peer: scheduler },
    );
    const kinds = said.flatMap((each) => (each.type === "send" ? [each.message.kind] : []));
    expect(kinds).to.deep.equal(["keep", "submit", "want", "retry"]);
  });

  it("says long lists of keys in pages", () => {
    const talk = new Talk();
    const keys = Array.from({ length: pageRows + 1 }, (_, i) => `k${i}`);
    const said = (...stimuli: readonly ClientStimulus[]): unknown[] =>
      talk.tell(...stimuli).flatMap((each) => {
        if (each.type !== "send" || !("keys" in each.message)) return [];
        const { kind, keys: page } = each.message;
        return [[kind, page.length, "more" in each.message]];
      });
    expect(said({ type: "want", keys })).to.deep.equal([
      ["want", pageRows, false],
      ["want", 1, false],
    ]);
    expect(said({ type: "message", from: scheduler, message: { kind: "wants?" } })).to.deep.equal([
      ["want", pageRows, true],
      ["want", 1, false],
    ]);
    expect(said({ type: "release", keys })).to.deep.equal([
      ["release", pageRows, true],
      ["release", 1, false],
    ]);
  });

  it("counts what was refused neither among its wants nor among what has settled", () => {
    const talk = new Talk();
    talk.tell({ type: "submit", parts: graphOf(["a"]), wants: ["a"] });
    const error = { kind: "refused", name: "DuplicateKeyError", message: "no" } as const;
    talk.tell({ type: "message", from: scheduler, message: { kind: "refused", graphId: "a", error } });
    const [beat] = talk.tell({ type: "tick" });
    expect(beat).to.deep.equal({
      type: "send",
      to: scheduler,
      message: { kind: "clientBeat", wantDigest: 0, settledDigest: 0 },
    });
  });

  it("says since when it wants a key, before it submits it again, when a release may have been lost", () => {
    const talk = new Talk();
    talk.tell({ type: "submit", parts: graphOf(["a"]), wants: ["a"] });
    talk.tell({ type: "release", keys: ["a"] });
    talk.tell({ type: "submit", parts: graphOf(["a"]), wants: ["a"] });
    const said = talk.tell({ type: "linkReset", peer: scheduler }).map((each) => {
      return each.type === "send" ? each.message : undefined;
    });
    expect(said[0]).to.deep.equal({ kind: "keep", keys: ["a"], since: Float64Array.of(1), nth: 1 });
    expect(said.findIndex((message) => message?.kind === "submit")).to.be.greaterThan(0);
  });
});
