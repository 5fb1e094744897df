import { expect } from "chai";
import fc from "fast-check";
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
import { TokenizeError } from "../../../src/errors.js";
import { markWrapper } from "../../../src/graph/functions.js";
import { fusedOf } from "../../../src/graph/passes/fused.js";
import { ref } from "../../../src/graph/ref.js";
import { task } from "../../../src/graph/task.js";
import { tokenize } from "../../../src/graph/tokenize/tokenize.js";
import { tokens, values } from "./tokenize.fixture.js";

/** Values small enough in number that two of them are often equal, or nearly so. */
const anyValue = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom<unknown>(0, -0, 1, NaN, "0", "a", "", 1n, true, null, undefined),
    fc.double(),
    fc.string({ unit: "binary" }),
    fc.bigInt(),
    fc.date({ noInvalidDate: true }),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.sparseArray(tie("value"), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom("a", "b", "__proto__", "length", "0", "a,b"), tie("value"), {
      noNullPrototype: true,
    }),
    fc.uniqueArray(tie("value"), { maxLength: 4, selector: (v) => v }).map((list) => new Set(list)),
    fc.array(fc.tuple(tie("value"), tie("value")), { maxLength: 3 }).map((list) => new Map(list)),
    fc.uint8Array({ maxLength: 3 }),
    fc.float64Array({ maxLength: 3 }),
    fc.constantFrom(/a/, /a/g, /b/),
  ),
})).value;

/** An equal value that shares nothing with `value` and has its keys, entries and elements in another order. */
function rebuilt(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    const out: unknown[] = new Array(value.length);
    for (const name of Object.keys(value).reverse())
      (out as never as Record<string, unknown>)[name] = rebuilt(value[name as never]);
    return out;
  }
  if (value instanceof Set) return new Set([...value].reverse().map(rebuilt));
  if (value instanceof Map)
    return new Map([...(value as Map<unknown, unknown>)].reverse().map(([k, v]) => [rebuilt(k), rebuilt(v)]));
  if (Object.getPrototypeOf(value) !== Object.prototype) return structuredClone(value);
  const out = {};
  for (const [name, part] of Object.entries(value).reverse()) {
    Object.defineProperty(out, name, {
      value: rebuilt(part),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return out;
}

/** The same linked structure, its objects made and linked in another order. */
function linked(edges: readonly (readonly number[])[], reversed: boolean): unknown {
  const order = [...edges.keys()];
  if (reversed) order.reverse();
  const nodes = new Map<number, Record<string, unknown>>(order.map((at) => [at, {}]));
  for (const at of order) {
    const targets = [...(edges[at] ?? []).entries()];
    if (reversed) targets.reverse();
    for (const [slot, to] of targets)
      (nodes.get(at) as Record<string, unknown>)[`to${slot}`] = nodes.get(to % edges.length);
  }
  return nodes.get(0);
}

function failure(...args: readonly unknown[]): TokenizeError {
  try {
    tokenize(...args);
  } catch (error) {
    expect(error).to.be.instanceOf(TokenizeError);
    return error as TokenizeError;
  }
  throw new Error("tokenize accepted it");
}

describe("tokenize", () => {
  it("gives 32 hexadecimal digits", () => {
    expect(tokenize()).to.match(/^[0-9a-f]{32}$/);
    expect(tokenize("anything", [1, 2])).to.match(/^[0-9a-f]{32}$/);
  });

  it("gives the same token in every process", () => {
    const file = fileURLToPath(new URL("./tokenize.fixture.ts", import.meta.url));
    const printed = execFileSync(process.execPath, ["--import", "tsx", file], { encoding: "utf8" });
    expect(JSON.parse(printed)).to.deep.equal(tokens());
  });

  it("gives the tokens it has always given", () => {
    expect([
      tokenize(),
      tokenize(1),
      tokenize("a", [true]),
      tokenize({ b: new Set(["x", null]), a: 1.5 }),
    ]).to.deep.equal([
      "cc4d8516cf08e7969e7eb13b6c7c0e02",
      "a03cdbd78bdd6047ec9f207746b9df3e",
      "94086cd48b9bbd335f3d20b7a2213488",
      "6223869848ad7a4d862cbb0d0bfaca47",
    ]);
  });

  it("tells apart every two values of different type, content or shape", () => {
    const seen = new Map<string, string>();
    for (const [name, token] of Object.entries(tokens())) {
      expect(seen.get(token), `${name} has the token of`).to.equal(undefined);
      seen.set(token, name);
    }
    expect(seen.size).to.equal(Object.keys(values).length);
  });

  it("tells apart one value, several, and a list of them", () => {
    const all = [
      tokenize(),
      tokenize(1),
      tokenize(1, 2),
      tokenize([1, 2]),
      tokenize([1], 2),
      tokenize(undefined),
    ];
    expect(new Set(all).size).to.equal(all.length);
  });

  it("gives equal values equal tokens, whatever the order of keys, entries and elements", () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        expect(tokenize(rebuilt(value))).to.equal(tokenize(value));
      }),
      { numRuns: 500 },
    );
  });

  it("gives two values equal tokens exactly when they are deeply equal", () => {
    fc.assert(
      fc.property(anyValue, anyValue, (a, b) => {
        expect(tokenize(a) === tokenize(b)).to.equal(isDeepStrictEqual(a, b));
      }),
      { numRuns: 2000 },
    );
  });

  it("does not count the prototype of a dictionary, or whether equal parts are one", () => {
    expect(tokenize(Object.assign(Object.create(null), { a: 1 }))).to.equal(tokenize({ a: 1 }));
    const shared = { a: 1 };
    expect(tokenize([shared, shared])).to.equal(tokenize([{ a: 1 }, { a: 1 }]));
  });

  it("does not count an error's stack", () => {
    const make = (message: string): Error => new Error(message);
    const elsewhere = (): Error => make("a");
    expect(tokenize(elsewhere())).to.equal(tokenize(make("a")));
  });

  it("gives linked structures with cycles the same token exactly when they are linked alike", () => {
    const structure = fc.array(fc.array(fc.nat({ max: 9 }), { maxLength: 3 }), {
      minLength: 1,
      maxLength: 6,
    });
    fc.assert(
      fc.property(structure, (edges) => {
        expect(tokenize(linked(edges, true))).to.equal(tokenize(linked(edges, false)));
      }),
      { numRuns: 500 },
    );
    const loops = [
      linked([[0]], false),
      linked([[1], [0]], false),
      linked([[1], [1]], false),
      linked([[1], [2], [0]], false),
      linked([[1], [2], [1]], false),
      linked([[1, 1], [0]], false),
      linked([[1, 2], [0], [0]], false),
    ];
    expect(new Set(loops.map((loop) => tokenize(loop))).size).to.equal(loops.length);
  });

  it("writes cycles through arrays, maps, sets and tasks", () => {
    const make = (last: number): unknown => {
      const list: unknown[] = [1];
      const map = new Map<unknown, unknown>([["list", list]]);
      const set = new Set<unknown>([map, last]);
      list.push(
        set,
        task((x: unknown) => x, map),
      );
      return { list, also: [set] };
    };
    expect(tokenize(make(1))).to.equal(tokenize(make(1)));
    expect(tokenize(make(1))).not.to.equal(tokenize(make(2)));
  });

  it("does not follow what is shared again and again", () => {
    let value: unknown = 1;
    let other: unknown = 1;
    for (let i = 0; i < 1000; i++) {
      value = [value, value];
      other = [other, Array.isArray(other) ? [...(other as unknown[])] : other];
    }
    expect(tokenize(value)).to.equal(tokenize(other));
  });

  it("reaches any depth: a list nested a million times, with and without a cycle at its end", () => {
    const nested = (depth: number, innermost: unknown): unknown => {
      let value = innermost;
      for (let i = 0; i < depth; i++) value = [value];
      return value;
    };
    const loop: unknown[] = [];
    loop.push(loop);
    const all = [nested(1_000_000, 1), nested(1_000_001, 1), nested(1_000_000, loop)];
    expect(new Set(all.map((value) => tokenize(value))).size).to.equal(3);
    expect(tokenize(nested(1000, loop))).to.equal(tokenize(nested(1000, loop)));
  }).timeout(60_000);

  it("hashes binary data as it lies in memory, part of a buffer included", () => {
    const buffer = new Uint8Array(3_000_000).fill(7);
    expect(tokenize(buffer.subarray(1_000_000, 2_000_000))).to.equal(
      tokenize(new Uint8Array(1_000_000).fill(7)),
    );
    const shared = new Uint8Array(new SharedArrayBuffer(100)).fill(7);
    expect(tokenize(shared)).to.equal(tokenize(new Uint8Array(100).fill(7)));
  });

  describe("of functions", () => {
    it("goes by module and name where there is a task module, whatever the source", () => {
      const outside = Number("1");
      const inModule = (name: string, fn: (x: number) => number): typeof fn =>
        markWrapper((x: number) => fn(x), { call: fn, reference: { module: "file:///tasks.js", name } });
      const first = inModule("inc", (x) => x + outside);
      expect(tokenize(first)).to.equal(tokenize(inModule("inc", (x) => x - outside)));
      expect(tokenize(first)).not.to.equal(tokenize(inModule("dec", (x) => x + outside)));
    });

    it("takes a delayed wrapper for the function inside", () => {
      const inc = (x: number): number => x + 1;
      const wrapper = markWrapper((x: number) => ({ lazy: x }), { call: inc });
      expect(tokenize(wrapper)).to.equal(tokenize(inc));
    });

    it("goes by source, so that equal functions of two closures are equal", () => {
      const make = (): ((x: number) => number) => (x) => x * 3;
      expect(tokenize(make())).to.equal(tokenize(make()));
    });

    it("looks inside fused tasks at their parts", () => {
      const fused = (step: number): unknown =>
        fusedOf([
          { key: "a", task: task((x: number) => x + 1, ref("x")) },
          { key: "b", task: task((x: number, y: number) => x * y, ref("a"), step) },
        ]);
      expect(tokenize(fused(2))).to.equal(tokenize(fused(2)));
      expect(tokenize(fused(2))).not.to.equal(tokenize(fused(3)));
    });

    it("refuses captured variables by name", () => {
      const offset = Number("1");
      const error = failure([{ fn: (x: number) => x + offset }]);
      expect(error.path).to.equal("args[0][0].fn");
      expect(error.message).to.match(/`offset` from outside itself.*argument.*defineTask/s);
    });
  });

  describe("of what has no stable form", () => {
    class Secret {
      readonly #value = Math.PI;
      read(): number {
        return this.#value;
      }
    }
    function plain(): void {}
    function* counting(): Generator<number> {
      yield 1;
    }
    const refused: Readonly<Record<string, readonly [unknown, RegExp]>> = {
      "an instance of a class": [new Secret(), /type Secret.*skein\.token/s],
      "a subclass of a built-in": [new (class Sorted extends Array {})(), /type Sorted/],
      "a promise": [Promise.resolve(1), /promise.*Await it/s],
      "a weak map": [new WeakMap(), /WeakMap.*Map, Set or array/s],
      "a generator": [counting(), /read only once.*\[\.\.\.values\]/s],
      "an iterator": [new Map().entries(), /read only once/],
      "an unregistered symbol": [Symbol("mine"), /Symbol\(mine\).*Symbol\.for/s],
      "a well-known symbol": [Symbol.iterator, /Symbol\.for/],
      "a property under an unregistered symbol": [{ [Symbol("mine")]: 1 }, /property under Symbol\(mine\)/],
      "a bound function": [plain.bind(undefined), /bound plain, bound or built in/],
      "a namespace of built-ins": [Math, /state may be private/],
      "a proxy of a function": [new Proxy(plain, {}), /bound or built in/],
    };
    for (const [title, [value, message]] of Object.entries(refused)) {
      it(`refuses ${title}, naming it and the remedy`, () => {
        const error = failure(0, value);
        expect(error.path).to.equal("args[1]");
        expect(error.code).to.equal("ERR_TOKENIZE");
        expect(error.message).to.match(message);
      });
    }

    it("says where inside the value it stands", () => {
      const promise = Promise.resolve();
      const at = (value: unknown): string => failure(value).path;
      expect(at({ a: { "b c": [1, promise] } })).to.equal('args[0].a["b c"][1]');
      expect(at(Object.assign(new Array(1), { 1: promise }))).to.equal("args[0][1]");
      expect(at(new Set([1, promise]))).to.equal("args[0].values()[1]");
      expect(at(new Map<unknown, unknown>([["k", promise]]))).to.equal('args[0].get("k")');
      expect(
        at(
          new Map<unknown, unknown>([
            [1, 2],
            [promise, 1],
          ]),
        ),
      ).to.equal("args[0].keys()[1]");
      expect(at(new Map<unknown, unknown>([[{}, promise]]))).to.equal("args[0].values()[0]");
      expect(at(task((x: unknown) => x, [promise]))).to.equal("args[0].args[0][0]");
      expect(at(new Error("e", { cause: promise }))).to.equal("args[0].cause");
      expect(at({ [Symbol.for("s")]: promise })).to.equal("args[0][Symbol.for(s)]");
      expect(at({ [Symbol.for("skein.token")]: () => ({ deep: promise }) })).to.equal(
        'args[0][Symbol.for("skein.token")]().deep',
      );
    });

    it("is as good as before after a failure", () => {
      failure([Promise.resolve()]);
      expect(tokenize([1])).to.equal(tokenize([1]));
    });
  });
});
