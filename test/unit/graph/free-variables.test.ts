import { expect } from "chai";
import { readFileSync } from "node:fs";
import ts from "typescript";
import { CapturedVariableError, InvalidArgumentError } from "../../../src/errors.js";
import { evaluateSource } from "../../../src/graph/free-variables/evaluate-source.js";
import { freeVariables } from "../../../src/graph/free-variables/free-variables.js";
import {
  functionSource,
  rememberSource,
  requireSelfContained,
} from "../../../src/graph/free-variables/function-source.js";
import type { AnyFunction } from "../../../src/graph/functions.js";
import * as compiledByTsx from "./free-variables.fixture.js";

type Fixture = typeof compiledByTsx;

/** The fixture as `tsc` writes it, loaded past tsx, so that the functions' texts are those of the output. */
async function compiledByTsc(target: ts.ScriptTarget): Promise<Fixture> {
  const text = readFileSync(new URL("./free-variables.fixture.ts", import.meta.url), "utf8");
  const { outputText } = ts.transpileModule(text, {
    compilerOptions: { target, module: ts.ModuleKind.ESNext, inlineSourceMap: true },
  });
  return (await import(`data:text/javascript,${encodeURIComponent(outputText)}`)) as Fixture;
}

function call(fn: AnyFunction, ...args: readonly unknown[]): unknown {
  return Reflect.apply(fn, undefined, args);
}

const free: readonly (readonly [title: string, source: string, ...names: string[]])[] = [
  ["a variable of the module", "(x) => x + offset", "offset"],
  ["several, in order of appearance, each once", "(x) => b(a, b, x, c.d)", "b", "a", "c"],
  ["nothing when all is bound", "function f(a, { b, c: [d] }, ...e) { return f(a, b, d, e, arguments); }"],
  ["a default value's variable", "(x = outer) => x", "outer"],
  ["a default value that names the body's variable", "(x = y) => { var y = 1; return x + y; }", "y"],
  [
    "a default value inside a pattern",
    "({ a = first, b: { c = second } = third } = fourth) => a",
    "first",
    "second",
    "third",
    "fourth",
  ],
  ["a computed key inside a pattern", "({ [key]: v }) => v", "key"],
  ["earlier parameters in default values", "(a, b = a, c = () => b) => c"],
  ["a hoisted var", "() => { x = 1; { var x; } return x; }"],
  ["a let outside its block", "() => { { let x = 1; } return x; }", "x"],
  ["a const of a for loop outside of it", "(xs) => { for (const x of xs) x; return x; }", "x"],
  ["a var of a for loop outside of it", "(xs) => { for (var x in xs) x; return x; }"],
  ["a caught error outside its clause", "() => { try { f; } catch (e) { e; } return e; }", "f", "e"],
  ["the parts of a caught error", "() => { try { f(); } catch ({ message: m = d }) { m; } }", "f", "d"],
  ["a catch without a parameter", "() => { try { 1; } catch { return 2; } }"],
  ["a function declared later", "() => { return g(); function g() { return 1; } }"],
  ["a function declared in a block, in strict code", "() => { { function g() {} } return g; }", "g"],
  [
    "a function declared in a block, in sloppy code",
    "function f() { with (f) 1; { function g() {} } return g; }",
  ],
  [
    "a switch's declarations, also in its discriminant",
    "(x) => { switch (y) { case 0: let y = x; return y; } }",
    "y",
  ],
  ["an arrow that calls itself by its variable", "(n) => (n ? again(n - 1) : 0)", "again"],
  ["a named function expression that calls itself", "function again(n) { return n ? again(n - 1) : 0; }"],
  ["assignments", "() => { count += 1; [a, b.c] = []; ({ d: e } = {}); f++; }", "count", "a", "b", "e", "f"],
  [
    "labels, property names and shorthand",
    "(o) => { here: for (;;) { break here; } return { o, p: o.q, r, s() {} }; }",
    "r",
  ],
  ["nested closures", "(a) => (b) => (c) => a + b + c + d", "d"],
  ["template literals and tags", "(x) => tag`a${x}b${y}`", "tag", "y"],
  ["regular expressions and strings", "(s) => /outer/.test('outer') || \"outer\" === s"],
  [
    "a class's heritage, keys, fields and static blocks",
    "class A extends Base { [key] = value; static { init(A); } m() { return super.m() + helper; } }",
    "Base",
    "key",
    "value",
    "init",
    "helper",
  ],
  ["private names of the class itself", "class A { #x = 1; #m() {} has(o) { return #x in o && o.#m(); } }"],
  ["private names of a class around it", "read(o) { return o.#x + this.#y; }", "#x", "#y"],
  ["a private method", "#secret(o) { return o.#x; }", "#x"],
  ["a class expression's own name", "() => { const C = class D { d() { return D; } }; return D; }", "D"],
  [
    "this, arguments and super of the function around an arrow",
    "() => [this, arguments, super.x]",
    "this",
    "arguments",
    "super",
  ],
  ["new.target of the function around an arrow", "() => new.target", "new.target"],
  ["its own this, arguments and new.target", "function () { return () => [this, arguments, new.target]; }"],
  ["super of a method", "m() { return super.m(); }", "super"],
  ["this in class fields", "() => class { a = this; static b = this; static { this.c = 1; } }"],
  ["eval", "(text) => eval(text)", "eval"],
  ["import.meta", "() => import.meta.url", "import.meta"],
  ["import() of a package", "async () => (await import('node:fs')).readFileSync"],
  ["import() of a neighbouring file", "() => import('./tasks.js')", 'import("./tasks.js")'],
  ["import() of what an argument names", "(path) => import(path)"],
  ["typeof of what may not exist anywhere", "() => typeof window === 'undefined' ? 0 : window.innerWidth"],
  ["an environment's name that nobody asked about", "() => window.innerWidth", "window"],
  ["typeof of a variable, which would silently be undefined elsewhere", "() => typeof settings", "settings"],
  [
    "require and __dirname, which modules do not have",
    "() => require('fs') + __dirname",
    "require",
    "__dirname",
  ],
  [
    "Node's globals",
    "() => [globalThis, process, Buffer, console, fetch, structuredClone, URL, undefined, NaN]",
  ],
  ["a parameter that shadows a global", "(Math) => Math.x"],
  ["esbuild's name helper", '() => { const f = /* @__PURE__ */ __name(() => 1, "f"); return f; }'],
  ["a name helper used in another way", "() => __name", "__name"],
  ["TypeScript's helpers", "() => __awaiter(this, void 0, void 0, function* () {})", "__awaiter", "this"],
  ["async, generator, getter and setter methods", "async *m(a = b) { yield await a; }", "b"],
  ["a getter", "get value() { return stored; }", "stored"],
  ["a setter", "set value(v) { stored = v; }", "stored"],
  ["a method with a computed key, which stays behind", "[Symbol.iterator]() { return items; }", "items"],
  ["using declarations", "() => { using lock = take(); return lock; }", "take"],
  ["space and comments around it", " /* before */ (x) => x + y // after", "y"],
];

describe("the free variables of a function's source", () => {
  for (const [title, source, ...names] of free) {
    it(`${names.length > 0 ? "names" : "passes over"} ${title}`, () => {
      expect(freeVariables(source)).to.deep.equal(names);
    });
  }

  it("refuses what is not one function", () => {
    for (const source of [
      "",
      "1 + 1",
      "(x) => x, (y) => y",
      "a() {}, b() {}",
      "x) => (y",
      "{",
      "function max() { [native code] }",
    ]) {
      expect(() => freeVariables(source), source).to.throw(InvalidArgumentError, /function source/);
    }
  });

  it("walks syntax nested as deeply as the parser reads", () => {
    const source = `(x) => ${"[".repeat(500)}x, y${"]".repeat(500)}`;
    expect(freeVariables(source)).to.deep.equal(["y"]);
  });
});

describe("the source of a function", () => {
  const compilers: readonly (readonly [string, () => Promise<Fixture>])[] = [
    ["tsx", () => Promise.resolve(compiledByTsx)],
    ["tsc for ES2022", () => compiledByTsc(ts.ScriptTarget.ES2022)],
    ["tsc that only strips types: plain JavaScript", () => compiledByTsc(ts.ScriptTarget.ESNext)],
  ];

  for (const [compiler, load] of compilers) {
    it(`gives back a working function of every form, compiled by ${compiler}`, async () => {
      const { samples } = await load();
      for (const [title, { fn, args, result }] of Object.entries(samples)) {
        const { source, captured } = functionSource(fn);
        expect(captured, title).to.deep.equal([]);
        expect(await call(evaluateSource(source), ...args), `${title}: ${source}`).to.deep.equal(result);
      }
    });

    it(`keeps recursion and generators working, compiled by ${compiler}`, async () => {
      const fixture = await load();
      expect(call(evaluateSource(requireSelfContained(fixture.recursiveDeclaration)), 5)).to.equal(120);
      const generator = evaluateSource(requireSelfContained(fixture.generatorMethod));
      expect([...(call(generator, 3) as Iterable<number>)]).to.deep.equal([0, 1, 2]);
    });
  }

  it("is the tested text: tsx adds its name helper, the others do not", async () => {
    const text = (fixture: Fixture): string => String(fixture.samples["nested named functions"]?.fn);
    expect(text(compiledByTsx)).to.contain("__name(");
    expect(text(await compiledByTsc(ts.ScriptTarget.ES2022))).not.to.contain("__name(");
  });

  it("reports the helpers that tsc calls for old targets", async () => {
    const { samples } = await compiledByTsc(ts.ScriptTarget.ES2015);
    const { captured } = functionSource(samples["async arrow"]?.fn as AnyFunction);
    expect(captured).to.include("__awaiter");
  });

  it("normalises a method to an expression under the method's name", () => {
    const fn = {
      'a "b'(x: number): number {
        return x;
      },
    }['a "b'];
    const back = evaluateSource(functionSource(fn).source);
    expect(back.name).to.equal('a "b');
    expect(call(back, 3)).to.equal(3);
  });

  it("is strict where the source allows it, and sloppy where it must be", () => {
    const strict = evaluateSource("function () { return this; }");
    expect(call(strict)).to.equal(undefined);
    const sloppy = evaluateSource("function (o) { with (o) { return x; } }");
    expect(call(sloppy, { x: 5 })).to.equal(5);
  });

  it("is read once for each function, and can be told for functions made from a source", () => {
    const fn = (x: number): number => x;
    expect(functionSource(fn)).to.equal(functionSource(fn));
    const stands = (): void => undefined;
    rememberSource(stands, "(a) => a + b");
    expect(functionSource(stands)).to.deep.equal({ source: "(a) => a + b", captured: ["b"] });
  });

  it("refuses functions without a source, saying so", () => {
    function declared(): void {}
    for (const fn of [Math.max, declared.bind(undefined), new Proxy(() => 1, {})] as AnyFunction[]) {
      expect(() => functionSource(fn)).to.throw(InvalidArgumentError, /no source/);
    }
  });

  it("refuses captured variables by name, with both remedies", () => {
    const offset = Number("3");
    const addOffset = (x: number): number => x + offset;
    expect(() => requireSelfContained(addOffset))
      .to.throw(CapturedVariableError, /addOffset.*`offset`.*argument.*defineTask/s)
      .with.property("variables")
      .that.deep.equals(["offset"]);
  });

  it("refuses a source that does not compile or is no function", () => {
    expect(() => evaluateSource("(x) =>")).to.throw(InvalidArgumentError, /SyntaxError/);
    expect(() => evaluateSource("1 + 1")).to.throw(InvalidArgumentError, /no function/);
    expect(() => evaluateSource("(() => { throw new Error('boom'); })()")).to.throw(
      InvalidArgumentError,
      /boom/,
    );
  });
});
