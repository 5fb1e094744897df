import { expect } from "chai";
import fc from "fast-check";
import { checkMessage } from "../../../src/protocol/schema/schema.js";
import { messages } from "../../support/arbitrary-messages.js";
import type { AnyMessage } from "../../support/arbitrary-messages.js";

type Body = Record<string, unknown>;

/** A valid message of the kind, with some rows. */
function sample(kind: AnyMessage["kind"]): Body {
  const list = fc.sample(messages[kind], { numRuns: 60, seed: 20 });
  const rows = (message: AnyMessage): number => JSON.stringify(message).length;
  return list.reduce((best, each) => (rows(each) > rows(best) ? each : best)) as unknown as Body;
}

/** What the check says of the message with these fields changed. */
function verdict(kind: AnyMessage["kind"], change: (body: Body) => Body): string {
  const body = sample(kind);
  const checked = checkMessage({ ...body, ...change(body) });
  return checked.ok ? "ok" : checked.detail;
}

const first = <T extends Float64Array | Uint32Array | Float32Array>(column: unknown, value: number): T => {
  const copy = (column as T).slice() as T;
  copy[0] = value;
  return copy;
};

describe("The check of messages", () => {
  for (const kind of Object.keys(messages) as AnyMessage["kind"][]) {
    it(`accepts "${kind}" and refuses it with any of its fields missing or of another type`, () => {
      fc.assert(
        fc.property(messages[kind], (message) => {
          expect(checkMessage(message as unknown as Body)).to.deep.equal({ ok: true, message });
        }),
        { numRuns: 20 },
      );
      const optional = new Set([
        "kind",
        "inline",
        "value",
        "error",
        "missing",
        "parent",
        "part",
        "all",
        "detached",
        "home",
        "replaces",
        "gifts",
        "restart",
        ...(kind === "chunk" ? ["key"] : []),
      ]);
      for (const field of Object.keys(sample(kind)).filter((name) => !optional.has(name))) {
        const { [field]: _, ...without } = sample(kind);
        expect(checkMessage(without).ok, `${kind} without ${field}`).to.equal(false);
        expect(checkMessage({ ...without, [field]: Symbol("x") }).ok, `${kind} with odd ${field}`).to.equal(
          false,
        );
      }
    });
  }

  it("names an unknown kind, and takes nothing inherited for one", () => {
    for (const kind of ["nonsense", "toString", "__proto__", "constructor", 7, null, { a: 1n }, undefined]) {
      expect(checkMessage({ kind })).to.include({ ok: false, why: "kind" });
    }
  });

  const refusals: readonly (readonly [string, AnyMessage["kind"], (body: Body) => Body, RegExp])[] = [
    ["a run that is no whole number", "run", ({ run }) => ({ run: first(run, 1.5) }), /run\[0\]/],
    ["a negative run", "done", ({ run }) => ({ run: first(run, -1) }), /run\[0\]/],
    ["a run past what a double holds", "free", ({ runs }) => ({ runs: first(runs, 2 ** 60) }), /runs\[0\]/],
    ["NaN as a run", "started", ({ runs }) => ({ runs: first(runs, NaN) }), /runs\[0\]/],
    ["NaN as a priority", "run", ({ priority }) => ({ priority: first(priority, NaN) }), /priority\[0\]/],
    ["a negative duration", "done", ({ tookMs }) => ({ tookMs: first(tookMs, -1) }), /tookMs\[0\]/],
    [
      "rows that do not begin at 0",
      "run",
      ({ argStart }) => ({ argStart: first(argStart, 1) }),
      /begin at 0/,
    ],
    [
      "rows that descend",
      "status",
      ({ inlineStart }) => ({ inlineStart: descending(inlineStart) }),
      /descends/,
    ],
    ["rows that end early", "done", ({ inline }) => ({ inline: longer(inline) }), /ends at/],
    ["columns of unequal length", "done", ({ nbytes }) => ({ nbytes: shorter(nbytes) }), /elements, not/],
    ["fewer keys than runs", "run", ({ keys }) => ({ keys: (keys as string[]).slice(1) }), /keys has/],
    ["keys that are no strings", "want", () => ({ keys: ["a", 1] }), /strings/],
    [
      "a state that is none",
      "status",
      ({ state }) => ({ state: (state as Uint8Array).map(() => 4) }),
      /state\[0\]/,
    ],
    [
      "a column of another kind",
      "run",
      ({ fn }) => ({ fn: Array.from(fn as Uint32Array) }),
      /fn is no Uint32Array/,
    ],
    ["gifts of another kind", "register", () => ({ gifts: [1] }), /gifts is no Float64Array/],
    ["options for a task that is not there", "run", () => ({ options: [[1_000, {}]] }), /options\[0\]/],
    ["options of another shape", "run", () => ({ options: [[0, { timeoutMs: "1" }]] }), /options\[0\]/],
    ["holders that are no list of names", "status", () => ({ holders: [[0, "w1"]] }), /holders\[0\]/],
    [
      "an error without a kind",
      "status",
      () => ({ errors: [[0, { error: {}, origin: "", attempts: 1 }]] }),
      /errors/,
    ],
    ["a reason that is none", "cancelRuns", () => ({ why: "because" }), /why/],
    [
      "a chunk past the end of its value",
      "chunk",
      () => ({ total: 0, bytes: new Uint8Array(3) }),
      /past the end/,
    ],
    ["a lowest version above the highest", "hello", () => ({ versions: [3, 1] }), /versions/],
    ["a remote value without holders", "replicate", () => ({ values: [[1, 2]] }), /values\[0\]/],
  ];
  for (const [what, kind, change, complaint] of refusals) {
    it(`refuses ${what}`, () => {
      expect(verdict(kind, change)).to.match(complaint);
    });
  }

  const submissions: readonly (readonly [string, (tasks: Body) => Body, RegExp])[] = [
    ["an empty key", ({ keys }) => ({ keys: ["", ...(keys as string[]).slice(1)] }), /empty/],
    ["more tasks than it says there are", () => ({ total: 1 }), /of only 1/],
    ["a dependency on a task that is not there", ({ dep }) => ({ dep: first(dep, 2 ** 31) }), /dep\[0\]/],
    ["a function that is not there", ({ fn }) => ({ fn: first(fn, 5) }), /fn\[0\]/],
    ["data that ends past its row", ({ dataEnd }) => ({ dataEnd: first(dataEnd, 2) }), /dataEnd\[0\]/],
    ["options for a task of another part", () => ({ options: [[100_000, {}]] }), /another part/],
    ["dependencies that are no column", () => ({ dep: "x" }), /dep/],
  ];
  for (const [what, change, complaint] of submissions) {
    it(`refuses a submission with ${what}`, () => {
      const message = verdict("submit", ({ tasks }) => ({
        tasks: { ...(tasks as Body), ...change(tasks as Body) },
      }));
      expect(message).to.match(complaint);
    });
  }

  it("refuses a submission that wants a task it does not have", () => {
    expect(verdict("submit", () => ({ wants: Uint32Array.of(1_000) }))).to.match(/wants\[0\]/);
  });

  it("lets a literal name any function: it calls none", () => {
    const literal = ({ tasks }: Body): Body => {
      const { fn, flags } = tasks as { fn: Uint32Array; flags: Uint8Array };
      return {
        tasks: { ...(tasks as Body), fn: first(fn, 9), flags: flags.map((_, i) => (i === 0 ? 2 : 0)) },
      };
    };
    expect(verdict("submit", literal)).to.equal("ok");
  });
});

function descending(column: unknown): Uint32Array {
  const copy = (column as Uint32Array).slice();
  copy[1] = 2 ** 31;
  return copy;
}

function longer(column: unknown): Uint8Array {
  return new Uint8Array((column as Uint8Array).length + 1);
}

function shorter(column: unknown): Float64Array {
  return (column as Float64Array).slice(1);
}
