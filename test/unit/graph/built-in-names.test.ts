import { expect } from "chai";
import type { AnyFunction } from "../../../src/graph/functions.js";
import { builtInByName, builtInName } from "../../../src/graph/free-variables/built-in-names.js";
import { knownGlobals } from "../../../src/graph/free-variables/known-globals.js";

describe("the names of built-in functions", () => {
  it("find functions of namespaces, constructors and prototypes, and find them back", () => {
    const named: Record<string, AnyFunction> = {
      "Math.max": Math.max,
      parseInt: Number.parseInt,
      "Array.from": Array.from,
      structuredClone,
      "JSON.parse": JSON.parse,
    };
    for (const [name, fn] of Object.entries(named)) {
      expect(builtInName(fn), name).to.equal(name);
      expect(builtInByName(name), name).to.equal(fn);
    }
    expect(builtInByName("Number.parseInt")).to.equal(parseInt);
  });

  it("do not cover what a program made itself, even where built-ins live", () => {
    const mine = (): number => 1;
    expect(builtInName(mine)).to.equal(undefined);
    expect(builtInName(Math.max.bind(undefined))).to.equal(undefined);
    expect(builtInByName("Math.mine")).to.equal(undefined);
    expect(builtInByName("__proto__")).to.equal(undefined);
  });

  it("cover globals that this very Node has", () => {
    expect(knownGlobals.filter((name) => !(name in globalThis))).to.deep.equal([]);
  });
});
