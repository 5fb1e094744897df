import { expect } from "chai";
import { CapturedVariableError, UnknownTaskError } from "../../../../src/errors.js";
import { ModuleNotLoaded } from "../../../../src/executor/functions/task-modules.js";
import { fromWire, toWire } from "../../../../src/executor/functions/wire.js";
import { delayed } from "../../../../src/collections/delayed.js";
import { kernel } from "../../../../src/collections/kernel.js";

describe("Functions as they travel", () => {
  it("stand on their own as source, and are the same function each time they arrive", () => {
    const wire = toWire((x: number) => x + 1);
    expect(wire.kind).to.equal("inline");
    expect((fromWire(wire) as (x: number) => number)(1)).to.equal(2);
    expect(fromWire({ ...wire })).to.equal(fromWire(wire));
  });

  it("are what a wrapper stands for", () => {
    const inc = (x: number): number => x + 1;
    expect(toWire(delayed(inc))).to.equal(toWire(inc));
  });

  it("go by name where they have one: of the language, of the library, of a task module", () => {
    expect(toWire(Math.max)).to.deep.equal({ kind: "module", module: "globalThis", name: "Math.max" });
    expect(fromWire(toWire(Math.max))).to.equal(Math.max);
    const own = kernel("file:///tasks.js", "own", () => 1);
    expect(toWire(own)).to.deep.equal({ kind: "module", module: "file:///tasks.js", name: "own" });
    expect(() => fromWire(toWire(own))).to.throw(ModuleNotLoaded);
  });

  it("are refused when they capture variables, and when the library has none of that name", () => {
    const captured = Math.random();
    expect(() => toWire(() => captured)).to.throw(CapturedVariableError, "captured");
    expect(() => fromWire({ kind: "module", module: "skein:bag", name: "nothing" })).to.throw(
      UnknownTaskError,
      "fold",
    );
    expect(() => fromWire({ kind: "module", module: "globalThis", name: "process.exit" })).to.throw(
      UnknownTaskError,
    );
  });
});
