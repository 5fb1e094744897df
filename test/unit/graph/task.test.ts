import { expect } from "chai";
import { InvalidArgumentError, InvalidKeyError } from "../../../src/errors.js";
import { markWrapper } from "../../../src/graph/functions.js";
import { ref } from "../../../src/graph/ref.js";
import { checkTaskOptions, Task, task, type TaskOptions } from "../../../src/graph/task.js";

const add = (x: number, y: number): number => x + y;

describe("a task", () => {
  it("holds the function, the arguments and the keys among them", () => {
    const one = task(add, ref("x"), 1);
    expect(one).to.be.instanceOf(Task);
    expect([one.fn, one.args, one.refs, one.controls, one.options]).to.deep.equal([
      add,
      [ref("x"), 1],
      ["x"],
      [],
      {},
    ]);
    expect(task(() => 1).refs).to.deep.equal([]);
  });

  it("is never changed: after and with give another", () => {
    const one = task(add, 1, 2);
    const two = one.after("a").with({ retries: 1 });
    const three = two.after("b", "a").with({ priority: 2 });
    expect([one.controls, one.options]).to.deep.equal([[], {}]);
    expect([two.controls, two.options]).to.deep.equal([["a"], { retries: 1 }]);
    expect([three.controls, three.options]).to.deep.equal([["a", "b"], { retries: 1, priority: 2 }]);
    expect([three.fn, three.args]).to.deep.equal([add, [1, 2]]);
    expect(two.with({ retries: 5 }).options).to.deep.equal({ retries: 5 });
    expect(two.with({ retries: undefined } as unknown as TaskOptions).options).to.deep.equal({ retries: 1 });
  });

  it("keeps its options when the caller's objects change later", () => {
    const workers = ["w1"];
    const resources = { gpu: 1 };
    const one = task(add, 1, 2).with({ workers, resources });
    workers.push("w2");
    resources.gpu = 9;
    expect(one.options).to.deep.equal({ workers: ["w1"], resources: { gpu: 1 } });
  });

  it("calls the function inside a delayed one", () => {
    const wrapper = markWrapper((x: number) => ({ lazy: x }), { call: add });
    expect(task(wrapper, 1).fn).to.equal(add);
  });

  it("refuses what is no function, saying what to do with data", () => {
    for (const fn of [undefined, null, 1, "add", {}, task(add, 1, 2)]) {
      expect(() => task(fn as never)).to.throw(InvalidArgumentError, /first argument.*plain data/s);
    }
  });

  it("refuses a task among its arguments", () => {
    expect(() => task(add, task(add, 1, 2), 3)).to.throw(InvalidArgumentError, /task\(add\).*is a task/s);
  });

  it("refuses control edges to what is no key", () => {
    for (const key of ["", 1, ref("a"), ["a"]]) {
      expect(() => task(add, 1, 2).after(key as string)).to.throw(InvalidKeyError, /task\.after/);
    }
  });

  const good: readonly TaskOptions[] = [
    { retries: 0 },
    { priority: -1.5 },
    { timeoutMs: 0.5 },
    { workers: ["a"] },
    { resources: { gpu: 0, disk: 1.5 } },
    { resources: {} },
    { pure: false, allowOtherWorkers: true, inline: false },
    {},
  ];
  it("accepts every option in its range", () => {
    for (const options of good) expect(checkTaskOptions(options, "test")).to.deep.equal(options);
  });

  const bad: readonly (readonly [options: unknown, message: RegExp])[] = [
    [{ retries: -1 }, /retries.*whole number/s],
    [{ retries: 1.5 }, /retries/],
    [{ retries: "1" }, /retries/],
    [{ retries: NaN }, /retries/],
    [{ priority: Infinity }, /priority.*finite/s],
    [{ timeoutMs: 0 }, /timeoutMs.*above 0/s],
    [{ timeoutMs: "5s" }, /timeoutMs/],
    [{ workers: [] }, /workers.*non-empty/s],
    [{ workers: "w1" }, /workers/],
    [{ workers: [""] }, /workers/],
    [{ resources: { gpu: -1 } }, /resources.*gpu: 1/s],
    [{ resources: [1] }, /resources/],
    [{ resources: new Date(0) }, /resources/],
    [{ pure: 1 }, /pure.*true or false/s],
    [{ retry: 1 }, /no such option.*retries/s],
    [{ constructor: 1 }, /no such option/],
    [{ toString: 1 }, /no such option/],
    [null, /object of options/],
    [5, /object of options/],
    [[], /object of options/],
  ];
  for (const [options, message] of bad) {
    it(`refuses the options ${JSON.stringify(options)}, naming what would do`, () => {
      expect(() => task(add, 1, 2).with(options as TaskOptions)).to.throw(InvalidArgumentError, message);
    });
  }
});
