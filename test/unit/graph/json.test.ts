import { expect } from "chai";
import fc from "fast-check";
import { isDeepStrictEqual } from "node:util";
import {
  CapturedVariableError,
  DuplicateKeyError,
  InvalidArgumentError,
  TaskModuleError,
  UnknownTaskError,
} from "../../../src/errors.js";
import { markWrapper, moduleReference, type AnyFunction } from "../../../src/graph/functions.js";
import { Graph } from "../../../src/graph/graph.js";
import type { GraphJson } from "../../../src/graph/json.js";
import { fromBase64, toBase64 } from "../../../src/graph/json/base64.js";
import { Fused, fusedOf } from "../../../src/graph/passes/fused.js";
import { quote, Quoted, Ref, ref } from "../../../src/graph/ref.js";
import { resolveReferences } from "../../../src/graph/references.js";
import { task, Task } from "../../../src/graph/task.js";
import { tokenize } from "../../../src/graph/tokenize/tokenize.js";

/** Through text and back. */
function through(graph: Graph): Graph {
  return Graph.fromJSON(JSON.parse(JSON.stringify(graph)) as GraphJson);
}

function valueThrough(value: unknown): unknown {
  const back = through(Graph.of({ value: quote(value) })).get("value");
  expect(back).to.be.instanceOf(Quoted);
  return (back as Quoted).value;
}

/** The values of all keys, computed the simplest way. */
async function computeAll(graph: Graph): Promise<Map<string, unknown>> {
  const values = new Map<string, unknown>();
  const valueOf = async (key: string): Promise<unknown> => {
    if (!values.has(key)) {
      for (const needed of graph.dependencies(key)) await valueOf(needed);
      const lookup = (needed: string): unknown => values.get(needed);
      const node = graph.get(key);
      const [only] = node instanceof Task ? [] : resolveReferences([node], lookup);
      const args = node instanceof Task ? resolveReferences(node.args, lookup) : [];
      values.set(
        key,
        node instanceof Task ? await (Reflect.apply(node.fn, undefined, args) as unknown) : only,
      );
    }
    return values.get(key);
  };
  for (const key of graph.keys()) await valueOf(key);
  return values;
}

function refusal(json: unknown): InvalidArgumentError {
  try {
    Graph.fromJSON(json as GraphJson);
  } catch (error) {
    expect(error).to.be.instanceOf(InvalidArgumentError);
    return error as InvalidArgumentError;
  }
  throw new Error("it was accepted");
}

const empty: GraphJson = { version: 1, nodes: [], heap: [] };

describe("the JSON form of a graph", () => {
  it("brings tasks back with their arguments, control edges and options", async () => {
    const graph = Graph.of({
      x: 1,
      y: task((x: number) => x + 1, ref("x")),
      z: task((a: number, b: number) => a * b, ref("y"), 10).with({
        retries: 2,
        workers: ["w1"],
        resources: { gpu: 1 },
      }),
      s: task(
        (xs: number[], { more }: { more: number }) => xs.reduce((a, b) => a + b) + more,
        [ref("x"), ref("y")],
        {
          more: ref("z"),
        },
      ).after("y", "z"),
      alias: ref("z"),
      list: [ref("x"), { deep: ref("s") }],
      plain: { a: [1, "2", null, true] },
    });
    const back = through(graph);
    expect(back.keys()).to.deep.equal(graph.keys());
    for (const key of graph.keys())
      expect(back.dependencies(key), key).to.deep.equal(graph.dependencies(key));
    expect((back.get("z") as Task).options).to.deep.equal({
      retries: 2,
      workers: ["w1"],
      resources: { gpu: 1 },
    });
    expect((back.get("s") as Task).controls).to.deep.equal(["y", "z"]);
    expect(back.get("alias")).to.be.instanceOf(Ref);
    expect(await computeAll(back)).to.deep.equal(await computeAll(graph));
  });

  it("computes the same for any graph of any values", async () => {
    const value = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withTypedArray: true,
      withSparseArray: true,
      withNullPrototype: true,
    });
    const graphs = fc.array(
      fc.tuple(fc.constantFrom("data", "first", "join"), fc.array(fc.nat(), { maxLength: 3 }), value),
      { minLength: 1, maxLength: 8 },
    );
    await fc.assert(
      fc.asyncProperty(graphs, async (nodes) => {
        const entries = nodes.map(([kind, from, data], at): [string, unknown] => {
          const refs = at === 0 ? [] : from.map((n) => ref(`k${n % at}`));
          const node =
            kind === "data"
              ? quote(data)
              : kind === "first"
                ? task((all: unknown[]) => all[0], [...refs, quote(data)])
                : task((...all: unknown[]) => [...all], ...refs, { held: [quote(data), ...refs] });
          return [`k${at}`, node];
        });
        const graph = Graph.of(entries);
        const [before, after] = [await computeAll(graph), await computeAll(through(graph))];
        expect(isDeepStrictEqual(after, before)).to.equal(true);
      }),
      { numRuns: 300 },
    );
  });

  it("keeps every scalar that JSON does not know", () => {
    const scalars = [
      undefined,
      NaN,
      Infinity,
      -Infinity,
      -0,
      10n ** 30n,
      -1n,
      Symbol.for("s"),
      "\ud83d",
      "\u2028",
      5e-324,
    ];
    for (const scalar of scalars) {
      expect(Object.is(valueThrough(scalar), scalar), String(scalar)).to.equal(true);
      expect(Object.is(valueThrough([scalar, { a: scalar }] as unknown[]), scalar)).to.equal(false);
      expect(
        isDeepStrictEqual(valueThrough([scalar, { a: scalar }]), [scalar, { a: scalar }]),
        String(scalar),
      ).to.equal(true);
    }
  });

  it("keeps every kind of object that a structured clone keeps, and addresses", () => {
    const bytes = Uint8Array.from({ length: 17 }, (_, at) => at * 15);
    const regexp = /a(b)*/giu;
    regexp.lastIndex = 3;
    const coded = Object.assign(new TypeError("no", { cause: { deep: 1n } }), { code: "E_NO" });
    const kinds: unknown[] = [
      new Date(5),
      new Map<unknown, unknown>([
        [{ a: 1 }, new Set([1, [2]])],
        ["k", undefined],
      ]),
      new Set(),
      regexp,
      Object(1),
      Object("text"),
      Object(1n),
      Object(false),
      Object(Symbol.for("s")),
      coded,
      new AggregateError([new Error("a")], "all"),
      new URL("http://localhost:1/a?b#c"),
      bytes,
      bytes.subarray(3, 7),
      Buffer.from("héllo"),
      bytes.buffer,
      new DataView(bytes.buffer, 1, 5),
      new Float64Array([NaN, -0, 1.5]),
      new BigInt64Array([-1n]),
      new Uint8ClampedArray(2),
      new Int16Array(0),
      new SharedArrayBuffer(3),
      Object.create(null),
      Object.assign(new Array(3), { 1: 1 }),
      Object.assign([1], { name: "x" }),
    ];
    const back = valueThrough(kinds) as unknown[];
    kinds.forEach((value, at) => expect(isDeepStrictEqual(back[at], value), `kind ${at}`).to.equal(true));
    expect((valueThrough(new Date(NaN)) as Date).getTime()).to.be.NaN;
    expect((back[3] as RegExp).lastIndex).to.equal(3);
    expect((back[9] as Error).stack).to.equal(coded.stack);
    expect(Object.keys(back[9] as Error)).to.deep.equal(["code"]);
    expect((back[13] as Uint8Array).buffer.byteLength, "only the bytes that the view shows").to.equal(4);
  });

  it("keeps shared and circular structure", () => {
    const shared = { n: 1 };
    const map = new Map<unknown, unknown>();
    const loop: Record<string, unknown> = { shared, list: [shared, map] };
    loop["self"] = loop;
    map.set(map, loop);
    const back = valueThrough(loop) as typeof loop;
    expect(back["self"]).to.equal(back);
    const [first, second] = back["list"] as [unknown, Map<unknown, unknown>];
    expect(first).to.equal(back["shared"]);
    expect(second.get(second)).to.equal(back);
  });

  it("shares values and functions between tasks as they were shared", () => {
    const data = { big: [1, 2, 3] };
    const inc = (d: typeof data): number => d.big.length;
    const back = through(Graph.of({ a: task(inc, data), b: task(inc, data) }));
    const [a, b] = [back.get("a") as Task, back.get("b") as Task];
    expect(a.args[0]).to.equal(b.args[0]);
    expect(a.fn).to.equal(b.fn);
  });

  it("does not take a user's keys for tags, nor __proto__ for a prototype", () => {
    const tricky = JSON.parse(
      '{"__proto__":{"polluted":true},"constructor":1,"task":2,"fused":[],"ref":"x","0":["ref","x"],"list":[0,["undefined"]]}',
    ) as Record<string, unknown>;
    const back = valueThrough(tricky) as Record<string, unknown>;
    expect(isDeepStrictEqual(back, tricky)).to.equal(true);
    expect(Object.hasOwn(back, "__proto__")).to.equal(true);
    expect(Object.getPrototypeOf(back)).to.equal(Object.prototype);
    expect(({} as Record<string, unknown>)["polluted"]).to.equal(undefined);
    const graph = Graph.of([
      ["__proto__", 1],
      ["y", task((x: number) => x, ref("__proto__"))],
    ]);
    expect(through(graph).keys()).to.deep.equal(["__proto__", "y"]);
  });

  it("keeps data of any depth, and a long chain of tasks", () => {
    let deep: unknown = 1;
    for (let i = 0; i < 200_000; i++) deep = i % 2 === 0 ? [deep] : { deep };
    let at = valueThrough(deep);
    let depth = 0;
    for (; typeof at === "object"; depth++)
      at = Array.isArray(at) ? (at[0] as unknown) : (at as { deep: unknown }).deep;
    expect([depth, at]).to.deep.equal([200_000, 1]);
    const inc = (x: number): number => x + 1;
    const chain = Array.from(
      { length: 50_000 },
      (_, i) => [`k${i}`, i === 0 ? 0 : task(inc, ref(`k${i - 1}`))] as const,
    );
    expect(through(Graph.of(chain)).size).to.equal(50_000);
  });

  describe("of functions", () => {
    it("carries inline functions by source, and gives them their name back", async () => {
      function scale(x: number): number {
        const by = (y: number): number => y * 3;
        return by(x);
      }
      const back = through(
        Graph.of({ a: task(scale, 2), b: task(async (x: number) => Promise.resolve(x + 1), ref("a")) }),
      );
      expect((back.get("a") as Task).fn.name).to.equal("scale");
      expect((await computeAll(back)).get("b")).to.equal(7);
      const again = through(back);
      expect((await computeAll(again)).get("b")).to.equal(7);
      expect(tokenize(again.get("a"))).to.equal(tokenize(task(scale, 2)));
    });

    it("carries built-in functions by name, and what packs references as what it is", async () => {
      const back = through(Graph.of({ a: task(Math.max, 1, 5, 3), b: [ref("a"), 1] }));
      expect((back.get("a") as Task).fn).to.equal(Math.max);
      expect((await computeAll(back)).get("b")).to.deep.equal([5, 1]);
    });

    it("carries functions of task modules by reference, and imports the module when called", async () => {
      const url = new URL("./json.fixture.ts", import.meta.url).href;
      const inModule = (name: string): AnyFunction => {
        const offset = Number("1");
        const call = (x: number): number => x + offset;
        return markWrapper((x: number) => call(x), { call, reference: { module: url, name } });
      };
      const back = through(Graph.of({ a: task(inModule("double"), 21), b: task(inModule("missing"), 1) }));
      const fn = (back.get("a") as Task).fn;
      expect(moduleReference(fn)).to.deep.equal({ module: url, name: "double" });
      expect(through(back).size).to.equal(2);
      expect(await Reflect.apply(fn, undefined, [21])).to.equal(42);
      const missing = Reflect.apply((back.get("b") as Task).fn, undefined, [1]) as Promise<unknown>;
      const error = await missing.then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(error).to.be.instanceOf(UnknownTaskError);
      expect(String(error)).to.match(/"missing".*has "double"/s);
    });

    it("says which task module could not be imported", async () => {
      const call = (x: number): number => x;
      const gone = markWrapper((x: number) => x, {
        call,
        reference: { module: "file:///gone.js", name: "f" },
      });
      const { fn } = through(Graph.of({ a: task(gone, 1) })).get("a") as Task;
      const reason = await (Reflect.apply(fn, undefined, [1]) as Promise<unknown>).then(
        () => undefined,
        (error: unknown) => error,
      );
      expect(reason).to.be.instanceOf(TaskModuleError).with.property("module", "file:///gone.js");
    });

    it("carries fused tasks as their parts", async () => {
      const fused = fusedOf(
        [
          { key: "a", task: task((x: number) => x + 1, ref("x")) },
          { key: "b", task: task((a: number, x: number) => a * x, ref("a"), ref("x")) },
        ],
        { controls: ["first"], options: { retries: 1 } },
      );
      const graph = Graph.of({ x: 4, first: 0, b: fused });
      const back = through(graph);
      const node = back.get("b");
      expect(node).to.be.instanceOf(Fused);
      expect((node as Fused).parts.map(({ key }) => key)).to.deep.equal(["a", "b"]);
      expect((node as Fused).options).to.deep.equal({ retries: 1 });
      expect(back.dependencies("b")).to.deep.equal(["x", "first"]);
      expect((await computeAll(back)).get("b")).to.equal(20);
    });

    it("refuses an inline function with captured variables", () => {
      const offset = Number("1");
      const graph = Graph.of({ a: task((x: number) => x + offset, 1) });
      expect(() => graph.toJSON()).to.throw(CapturedVariableError, /`offset`/);
    });
  });

  it("refuses what has no JSON form, naming the key and the path inside the value", () => {
    class Own {
      readonly a = 1;
    }
    const where: Readonly<Record<string, unknown>> = {
      'graph.toJSON(): "k"["a"][1]: it is a value of type Own': quote({ a: [0, new Own()] }),
      'graph.toJSON(): "k".args[0]["a"].values()[0]: it is a value of type Promise': task((x: unknown) => x, {
        a: new Set([Promise.resolve()]),
      }),
      'graph.toJSON(): "k".keys()[0]: it is Symbol(s)': quote(new Map([[Symbol("s"), 1]])),
      'graph.toJSON(): "k".fn: it is the function bound': task(Own.toString.bind(Own)),
      'graph.toJSON(): "k"[0]: it is a task inside of data': quote([task(Math.max)]),
    };
    for (const [message, node] of Object.entries(where)) {
      expect(() => Graph.of({ k: node }).toJSON())
        .to.throw(InvalidArgumentError)
        .with.property("message")
        .that.contains(message);
    }
  });

  it("refuses malformed JSON, naming the place", () => {
    const cases: Readonly<Record<string, unknown>> = {
      "json: an object is expected": [],
      "json.version": { ...empty, version: 2 },
      "json.nodes: an array": { ...empty, nodes: {} },
      "json.heap: an array": { version: 1, nodes: [] },
      "json.heap[0]: an array": { ...empty, heap: [1] },
      "json.heap[0][0]: the name": { ...empty, heap: [[]] },
      'json.heap[0][0]: there is no kind of object called "toString"': { ...empty, heap: [["toString"]] },
      "json.heap[0][1]: an array": { ...empty, heap: [["array", {}]] },
      "json.heap[0][1][0]: the heap has no cell 9": { ...empty, heap: [["array", [[9]]]] },
      'json.heap[0][1]["a"]: ["bigint","x"] stands for no value': {
        ...empty,
        heap: [["object", { a: ["bigint", "x"] }]],
      },
      "json.heap[0][1]: it is no array's length": { ...empty, heap: [["sparse", -1, {}]] },
      "json.heap[0][2]: it is not base64": { ...empty, heap: [["bytes", "Uint8Array", "a"]] },
      "json.heap[0][2]: byte length": { ...empty, heap: [["bytes", "Float64Array", "AAAA"]] },
      "json.heap[0][1]: there is no such type of binary": { ...empty, heap: [["bytes", "Function", ""]] },
      "json.heap[0][1]: Invalid regular": { ...empty, heap: [["regexp", "(", "", 0]] },
      "json.heap[0][1]: it is no URL": { ...empty, heap: [["url", "::"]] },
      "json.heap[0][1]: there is no such type of error": { ...empty, heap: [["error", "Function", {}]] },
      "json.heap[0][1]: the heap has no cell 1": {
        ...empty,
        heap: [
          ["boxed", [1]],
          ["array", []],
        ],
      },
      "json.heap[0][1]: this version of Node": { ...empty, heap: [["builtin", "process.exit"]] },
      "json.heap[0][2]: the function uses outside": { ...empty, heap: [["source", "f", "() => outside"]] },
      "json.heap[0][2]: The function source": { ...empty, heap: [["source", "f", "process.exit()"]] },
      "json.nodes[0]: an array": { ...empty, nodes: ["x"] },
      "json.nodes[0][0]: a key": { ...empty, nodes: [["", 1]] },
      'json.nodes[0][1]: ["number","1"]': { ...empty, nodes: [["x", ["number", "1"]]] },
      'json.nodes[0][1]: ["__proto__"]': { ...empty, nodes: [["x", ["__proto__"]]] },
      'json.nodes[0][1]: ["ref",""]': { ...empty, nodes: [["x", ["ref", ""]]] },
      "json.nodes[0][1].task: a function": { ...empty, nodes: [["x", { task: 1, args: [] }]] },
      "json.nodes[0][1].args: an array": { version: 1, nodes: [["x", { task: [0] }]], heap: [["pack"]] },
      "json.nodes[0][1].after[0]: a key": { ...empty, nodes: [["x", { after: [1] }]] },
      "json.nodes[0][1].options: task.with({ retries })": {
        version: 1,
        nodes: [["x", { task: [0], args: [], options: [1] }]],
        heap: [["pack"], ["object", { retries: -1 }]],
      },
      "json.nodes[0][1].fused: The parts": { ...empty, nodes: [["x", { fused: [] }]] },
      "json.nodes[0][1].fused[0][1]: a task": { ...empty, nodes: [["x", { fused: [["a", 1]] }]] },
    };
    for (const [message, json] of Object.entries(cases)) {
      expect(refusal(json).message, message).to.contain(`Graph.fromJSON(json): ${message}`);
    }
    for (const json of [null, undefined, 1, "{}"])
      expect(refusal(json).message).to.contain("an object is expected");
  });

  it("refuses one key with two tasks, as graphs do", () => {
    const json = {
      ...empty,
      nodes: [
        ["x", 1],
        ["x", 2],
      ],
    };
    expect(() => Graph.fromJSON(json as never)).to.throw(DuplicateKeyError);
  });

  it("keeps apart quoted values and finished results", () => {
    const back = through(Graph.of({ a: new Quoted([1], true), b: quote([1]) }));
    expect((back.get("a") as Quoted).finished).to.equal(true);
    expect((back.get("b") as Quoted).finished).to.equal(false);
  });

  it("survives an empty graph", () => {
    expect(through(Graph.of({})).size).to.equal(0);
  });
});

describe("base64", () => {
  it("agrees with Node's for any bytes, and gives them back", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 50 }), (bytes) => {
        const text = toBase64(bytes);
        expect(text).to.equal(Buffer.from(bytes).toString("base64"));
        expect(fromBase64(text)).to.deep.equal(bytes);
      }),
    );
  });

  it("refuses what is not base64", () => {
    for (const text of ["a", "ab=c", "====", "ab==cd==", "é===", "ab c", "-_=="]) {
      expect(fromBase64(text), text).to.equal(undefined);
    }
  });
});
