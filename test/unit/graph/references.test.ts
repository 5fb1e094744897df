import { expect } from "chai";
import fc from "fast-check";
import { FunctionAsDataError, InvalidArgumentError, InvalidKeyError } from "../../../src/errors.js";
import { markWrapper } from "../../../src/graph/functions.js";
import { lazyMark, quote, Quoted, Ref, ref } from "../../../src/graph/ref.js";
import { referencedKeys, replaceInside, resolveReferences } from "../../../src/graph/references.js";
import { task } from "../../../src/graph/task.js";

const keysIn = (...args: readonly unknown[]): readonly string[] => referencedKeys(args, "test");
const filled = (...args: readonly unknown[]): unknown[] => resolveReferences(args, (key) => `<${key}>`);

describe("ref", () => {
  it("refuses what is no non-empty string", () => {
    for (const key of ["", 1, undefined, null, ref("a")]) {
      expect(() => ref(key as string)).to.throw(InvalidKeyError, /ref\(key\)/);
    }
    expect(ref(" ").key).to.equal(" ");
  });
});

describe("finding references", () => {
  it("gives each key once, in the order in which they are written", () => {
    expect(keysIn(ref("b"), ref("a"), ref("b"))).to.deep.equal(["b", "a"]);
    expect(
      keysIn([ref("a")], ref("b"), { x: [ref("c"), { y: ref("a") }], z: ref("d") }, ref("e")),
    ).to.deep.equal(["a", "b", "c", "d", "e"]);
    expect(keysIn([[[ref("a")], ref("b")], ref("c")], ref("d"))).to.deep.equal(["a", "b", "c", "d"]);
  });

  it("keeps that order however many there are", () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 40 }), { maxLength: 80 }), fc.nat({ max: 5 }), (numbers, every) => {
        const refs = numbers.map((n) => ref(`k${n}`));
        const nested = refs.map((r, at) => (at % (every + 1) === 0 ? [r] : at % 3 === 0 ? { r } : r));
        expect(keysIn(...nested)).to.deep.equal([...new Set(numbers.map((n) => `k${n}`))]);
      }),
    );
  });

  it("looks into arrays and plain objects, nowhere else", () => {
    const bare = Object.assign(Object.create(null) as object, { a: ref("a") });
    class Holder {
      readonly held = ref("no");
    }
    expect(
      keysIn(bare, new Map([["x", ref("no")]]), new Set([ref("no")]), new Holder(), quote(ref("no")), () =>
        ref("no"),
      ),
    ).to.deep.equal(["a"]);
  });

  it("survives circular structure, and any depth", () => {
    const loop: unknown[] = [ref("a")];
    loop.push(loop, { loop, b: ref("b") });
    expect(keysIn(loop, loop)).to.deep.equal(["a", "b"]);
    let deep: unknown = ref("deep");
    for (let i = 0; i < 1_000_000; i++) deep = [deep];
    expect(keysIn(deep)).to.deep.equal(["deep"]);
  });

  it("refuses a delayed function that was not called, at any depth", () => {
    const inc = (x: number): number => x + 1;
    const delayed = markWrapper((x: number) => ({ lazy: x }), { call: inc });
    expect(() => keysIn([{ f: delayed }])).to.throw(FunctionAsDataError, /argument of test.*not called/s);
    expect(keysIn([{ f: inc }])).to.deep.equal([]);
  });

  it("refuses a lazy value, and a task, saying what to write instead", () => {
    class Lazy {
      get [lazyMark](): true {
        return true;
      }
    }
    expect(() => keysIn([new Lazy()])).to.throw(InvalidArgumentError, /lazy value.*ref\(lazy\.key\)/s);
    expect(() => keysIn({ t: task(Math.max, 1) })).to.throw(
      InvalidArgumentError,
      /is a task.*key of its own/s,
    );
    expect(keysIn(quote(task(Math.max, 1)))).to.deep.equal([]);
  });
});

describe("filling references in", () => {
  it("puts results in their places and takes quotes away", () => {
    expect(filled(1, ref("a"), [ref("b"), { c: ref("c") }], quote(ref("d")))).to.deep.equal([
      1,
      "<a>",
      ["<b>", { c: "<c>" }],
      new Ref("d"),
    ]);
    expect(resolveReferences([quote(1), [quote(2)]], String, true)).to.deep.equal([
      new Quoted(1),
      [new Quoted(2)],
    ]);
  });

  it("does not look into results, nor change the arguments", () => {
    const args = [[ref("a")], ref("b")];
    const result = [ref("inner")];
    expect(resolveReferences(args, () => result)).to.deep.equal([[result], result]);
    expect(args).to.deep.equal([[new Ref("a")], new Ref("b")]);
  });

  it("passes on structure without references as it is", () => {
    const plain = { a: [1, { b: 2 }] };
    const [same, copy] = filled(plain, { plain, r: ref("a") }) as [unknown, { plain: unknown }];
    expect(same).to.equal(plain);
    expect(copy.plain).to.equal(plain);
  });

  it("gives an array of its own, whatever the arguments are", () => {
    for (const args of [[], [1], [[1]], [[ref("a")]]])
      expect(resolveReferences(args, String)).not.to.equal(args);
  });

  it("keeps what is shared shared, also between arguments, and what is circular circular", () => {
    const shared = [ref("a")];
    const loop: Record<string, unknown> = { shared };
    loop["self"] = loop;
    const [first, second, third] = filled(shared, { shared }, loop) as [
      unknown,
      { shared: unknown },
      typeof loop,
    ];
    expect(second.shared).to.equal(first);
    expect(third["shared"]).to.equal(first);
    expect(third["self"]).to.equal(third);
    expect(loop["self"]).to.equal(loop);
  });

  it("keeps holes, missing prototypes and keys named __proto__", () => {
    const sparse = Object.assign(new Array<unknown>(3), { 1: ref("a") });
    const bare = Object.assign(Object.create(null) as object, { a: ref("a") });
    const tricky = JSON.parse('{"__proto__":1}') as Record<string, unknown>;
    Object.defineProperty(tricky, "__proto__", { value: ref("p"), enumerable: true });
    const [array, object, own] = filled(sparse, bare, tricky) as [unknown[], object, object];
    expect(Object.keys(array)).to.deep.equal(["1"]);
    expect(array.length).to.equal(3);
    expect(Object.getPrototypeOf(object)).to.equal(null);
    expect(Object.entries(own)).to.deep.equal([["__proto__", "<p>"]]);
    expect(Object.getPrototypeOf(own)).to.equal(Object.prototype);
  });

  it("reaches any depth", () => {
    let deep: unknown = ref("deep");
    for (let i = 0; i < 300_000; i++) deep = i % 2 === 0 ? [deep] : { deep };
    let [at] = filled(deep) as [unknown];
    while (typeof at === "object") at = Object.values(at as object)[0];
    expect(at).to.equal("<deep>");
  });

  it("replaces what is found in the places given, once each", () => {
    const seen: unknown[] = [];
    const out = replaceInside({ a: 1, b: [2, new Date(0)] }, (value) => {
      seen.push(value);
      return value === 2 ? "two" : value;
    });
    expect(out).to.deep.equal({ a: 1, b: ["two", new Date(0)] });
    expect(seen).to.have.length(3);
    expect(replaceInside(5, String)).to.equal("5");
  });

  it("keeps what an array has besides its elements, and what holds nothing that is replaced", () => {
    const match = Object.assign(["ab", "b"], { index: 3, groups: { kept: [1] } });
    const [out, kept] = replaceInside([match, { kept: true }], (value) => (value === "b" ? 5 : value)) as [
      typeof match,
      object,
    ];
    expect(Object.entries(out)).to.deep.equal([
      ["0", "ab"],
      ["1", 5],
      ["index", 3],
      ["groups", { kept: [1] }],
    ]);
    expect(out.groups).to.equal(match.groups);
    expect(kept).to.deep.equal({ kept: true });
    expect(match[1]).to.equal("b");
  });

  it("replaces in what holds nothing but itself", () => {
    const loop: unknown[] = [1];
    loop.push(loop);
    const out = replaceInside(loop, (value) => (value === 1 ? "one" : value)) as unknown[];
    expect(out[0]).to.equal("one");
    expect(out[1]).to.equal(out);
    expect(loop[1]).to.equal(loop);
  });
});
