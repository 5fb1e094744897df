import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect } from "chai";
import { InvalidArgumentError } from "../../../../src/errors.js";
import { Graph } from "../../../../src/graph/graph.js";
import { Fused, fusedOf } from "../../../../src/graph/passes/fused.js";
import { PartError } from "../../../../src/graph/passes/part-error.js";
import type { Part, PartObserver } from "../../../../src/graph/passes/part-program.js";
import { quote, ref } from "../../../../src/graph/ref.js";
import { sameNode } from "../../../../src/graph/same.js";
import { task, type Task } from "../../../../src/graph/task.js";
import { evaluate } from "../../../support/evaluate.js";

const add = (...xs: readonly number[]): number => xs.reduce((sum, x) => sum + x, 0);
const list = (...args: readonly unknown[]): unknown => args;

const parts = (tasks: Readonly<Record<string, Task>>): Part[] =>
  Object.entries(tasks).map(([key, one]) => ({ key, task: one }));

const call = (fused: Task, ...values: readonly unknown[]): unknown =>
  (fused.fn as (...args: readonly unknown[]) => unknown)(...values);

/** Writes down what it is told. */
class Recorder implements PartObserver {
  readonly seen: string[] = [];
  started({ key }: Part): void {
    this.seen.push(`${key} starts`);
  }
  ended({ key }: Part, failed: boolean): void {
    this.seen.push(failed ? `${key} failed` : `${key} ends`);
  }
}

const observedCall = (fused: Fused, observer: PartObserver, ...values: readonly unknown[]): unknown =>
  (fused.observed(observer) as (...args: readonly unknown[]) => unknown)(...values);

async function rejection(promise: unknown): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("was not rejected");
}

function thrown(body: () => unknown): unknown {
  try {
    body();
  } catch (error) {
    return error;
  }
  throw new Error("did not throw");
}

describe("a fused task", () => {
  it("takes what its parts need from outside, each once, in the order in which it is needed", () => {
    const fused = fusedOf(
      parts({
        a: task(add, ref("y"), ref("x")).after("p", "q"),
        b: task(add, ref("a"), ref("x"), ref("z")).after("a", "y", "q"),
        c: task(list, [ref("b"), { deep: ref("a") }]).after("b", "r"),
      }),
    );
    expect(fused.refs).to.deep.equal(["y", "x", "z"]);
    expect(fused.controls).to.deep.equal(["p", "q", "r"]);
    expect(call(fused, 1, 10, 100)).to.deep.equal([[121, { deep: 11 }]]);
  });

  it("runs wherever a task runs", () => {
    const fused = fusedOf(parts({ a: task(add, ref("x"), 1), b: task(list, ref("a"), quote(ref("x"))) }));
    const graph = Graph.of({ x: 1, b: fused, c: task(list, ref("b")) });
    expect(evaluate(graph, ["c"])).to.deep.equal([[[2, ref("x")]]]);
  });

  it("runs a part once that several others need", () => {
    let runs = 0;
    const fused = fusedOf(
      parts({
        shared: task(() => ++runs),
        l: task(add, ref("shared"), 1),
        r: task(add, ref("shared"), 2),
        end: task(add, ref("l"), ref("r"), ref("shared")),
      }),
    );
    expect(call(fused)).to.equal(6);
    expect(runs).to.equal(1);
  });

  it("may be run again, and by several at a time, without remembering", async () => {
    const fused = fusedOf(
      parts({ a: task(async (x: number) => x + 1, ref("x")), b: task((x: number) => x * 2, ref("a")) }),
    );
    expect(await Promise.all([call(fused, 1), call(fused, 2), call(fused, 3)])).to.deep.equal([4, 6, 8]);
    expect(await call(fused, 1)).to.equal(4);
  });

  it("is synchronous as long as no part is asynchronous", () => {
    expect(call(fusedOf(parts({ a: task(() => 1), b: task(add, ref("a"), 1) })))).to.equal(2);
    expect(call(fusedOf(parts({ a: task(() => undefined), b: task(() => null) })))).to.equal(null);
  });

  it("waits for a promise, or anything with a then, before the next part starts", async () => {
    const log: string[] = [];
    const slow = (name: string): Task =>
      task(async () => {
        log.push(`${name} begins`);
        await new Promise((resolve) => setImmediate(resolve));
        log.push(`${name} ends`);
        return name;
      });
    const thenable = (): PromiseLike<string> => Promise.resolve("then");
    const fused = fusedOf(
      parts({
        a: task(() => "sync"),
        b: slow("b"),
        c: task(() => log.push("c")),
        d: slow("d"),
        e: task(thenable),
        f: task(list, ref("a"), ref("b"), ref("c"), ref("d"), ref("e")),
      }),
    );
    const result = call(fused);
    expect(result).to.be.instanceOf(Promise);
    expect(await result).to.deep.equal(["sync", "b", 3, "d", "then"]);
    expect(log).to.deep.equal(["b begins", "b ends", "c", "d begins", "d ends"]);
  });

  it("names the part that threw, with what it threw, and starts no other", async () => {
    const log: string[] = [];
    const cause = new RangeError("broken");
    const failing: readonly ((() => never) | (() => Promise<never>))[] = [
      () => {
        throw cause;
      },
      () => Promise.reject(cause),
    ];
    for (const first of [() => 1, () => Promise.resolve(1)]) {
      for (const fail of failing) {
        const fused = fusedOf(parts({ a: task(first), b: task(fail), c: task(() => log.push("c")) }));
        const error = await rejection((async () => call(fused))());
        expect(error).to.be.instanceOf(PartError);
        expect([(error as PartError).key, (error as PartError).cause]).to.deep.equal(["b", cause]);
      }
    }
    expect(log).to.deep.equal([]);
  });

  it("throws at once when a synchronous part does", () => {
    const error = thrown(() => call(fusedOf(parts({ a: task(() => JSON.parse("{")) }))));
    expect([(error as PartError).key, (error as PartError).cause]).to.satisfy(
      ([key, cause]: unknown[]) => key === "a" && cause instanceof SyntaxError,
    );
  });

  it("names the innermost part when a part is a fused task itself", () => {
    const inner = fusedOf(
      parts({
        i: task(() => {
          throw new Error("deep");
        }),
        j: task(list, ref("i")),
      }),
    );
    expect(thrown(() => call(fusedOf(parts({ j: inner, k: task(list, ref("j")) }))))).to.include({
      key: "i",
    });
  });

  it("tells an observer when each part begins and ends", async () => {
    const tasks = {
      a: task(() => 1),
      b: task(async () => 2),
      c: task(() => {
        throw new Error("c");
      }),
      d: task(() => 4),
    };
    const observer = new Recorder();
    expect(await rejection(observedCall(fusedOf(parts(tasks)), observer))).to.include({ key: "c" });
    expect(observer.seen).to.deep.equal(["a starts", "a ends", "b starts", "b ends", "c starts", "c failed"]);
    const sync = new Recorder();
    const { a, d } = tasks;
    expect(observedCall(fusedOf(parts({ a, d })), sync)).to.equal(4);
    expect(sync.seen).to.deep.equal(["a starts", "a ends", "d starts", "d ends"]);
  });

  it("ends between parts when its observer throws", async () => {
    const stop = new Error("stop");
    for (const first of [() => 1, async () => 1]) {
      const log: string[] = [];
      const fused = fusedOf(parts({ a: task(first), b: task(() => log.push("b")) }));
      const observer: PartObserver = {
        started: ({ key }) => {
          if (key === "b") throw stop;
        },
      };
      expect(await rejection((async () => observedCall(fused, observer))())).to.equal(stop);
      expect(log).to.deep.equal([]);
    }
  });

  it("lets go of a value as soon as the last part that needs it has run", async () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const made: WeakRef<object>[] = [];
    const alive: string[] = [];
    const make = (): object => {
      const value = { bytes: new Uint8Array(1000) };
      made.push(new WeakRef(value));
      return value;
    };
    const look = async (): Promise<number> => {
      // A weak reference holds on to what it points at until the current turn is over.
      await new Promise((resolve) => setImmediate(resolve));
      collect();
      alive.push(made.map((value) => (value.deref() === undefined ? "-" : "x")).join(""));
      return 0;
    };
    const fused = fusedOf(
      parts({
        a: task(make),
        b: task(make),
        unused: task(make),
        look1: task(look),
        usesA: task((value: object) => typeof value, ref("a")),
        look2: task(look),
        usesB: task((value: object) => typeof value, ref("b")),
        look3: task(look),
      }),
    );
    await call(fused);
    expect(alive).to.deep.equal(["xx-", "-x-", "---"]);
  });

  it("keeps its parts when it is given options or control edges", () => {
    const fused = fusedOf(parts({ a: task(add, ref("x"), 1), b: task(add, ref("a"), 1).after("p") }));
    const changed = fused.with({ retries: 2 }).after("q");
    expect(changed).to.be.instanceOf(Fused);
    expect((changed as Fused).parts).to.equal(fused.parts);
    expect([changed.options, changed.controls, changed.refs]).to.deep.equal([
      { retries: 2 },
      ["p", "q"],
      ["x"],
    ]);
    expect(call(changed, 1)).to.equal(3);
  });

  it("takes more inputs than a call has room for", () => {
    const keys = Array.from({ length: 200_000 }, (_, i) => `x${i}`);
    const fused = fusedOf(
      parts({
        sum: task(
          (xs: number[]) => add(...xs.slice(0, 3)) + xs.length,
          keys.map((key) => ref(key)),
        ),
      }),
    );
    const entries: [string, unknown][] = keys.map((key) => [key, 1]);
    expect(evaluate(Graph.of([...entries, ["sum", fused]]), ["sum"])).to.deep.equal([200_003]);
    expect(fused.with({ retries: 1 }).args).to.have.length(1);
  });

  it("does not change the inputs it was handed", () => {
    const few = fusedOf(parts({ a: task(add, ref("x"), ref("y")) }));
    const inputs = [1, 2];
    expect(call(few, ...inputs)).to.equal(3);
    const keys = Array.from({ length: 2000 }, (_, i) => `x${i}`);
    const many = fusedOf(
      parts({
        a: task(
          (xs: number[]) => xs.length,
          keys.map((key) => ref(key)),
        ),
      }),
    );
    const array = keys.map(() => 1);
    expect(call(many, array)).to.equal(2000);
    expect(array).to.deep.equal(keys.map(() => 1));
  });

  it("is the same as another one of the same parts, so that graphs that have it merge", () => {
    const make = (n: number): Fused => fusedOf(parts({ a: task(add, ref("x"), n), b: task(add, ref("a")) }));
    expect(sameNode(make(1), make(1))).to.equal(true);
    expect(sameNode(make(1), make(2))).to.equal(false);
    expect(sameNode(make(1), make(1).with({ retries: 1 }))).to.equal(false);
    const merged = Graph.of({ b: make(1) }).merge(Graph.of({ b: make(1), x: 1 }));
    expect(evaluate(merged, ["b"])).to.deep.equal([2]);
  });

  it("refuses parts that cannot be run in their order", () => {
    const broken: readonly (readonly [Part[], string])[] = [
      [[], "there are none"],
      [parts({ b: task(add, ref("a")), a: task(add, 1) }), '"a" comes after a part that needs it'],
      [parts({ b: task(add, 1).after("a"), a: task(add, 1) }), '"a" comes after a part that needs it'],
      [parts({ a: task(add, ref("a")) }), '"a" comes after a part that needs it'],
      [[...parts({ a: task(add, 1) }), ...parts({ a: task(add, 1) })], 'the key "a" comes twice'],
    ];
    for (const [given, problem] of broken)
      expect(() => fusedOf(given)).to.throw(InvalidArgumentError, problem);
  });

  it("takes control edges and options on top of those of its parts", () => {
    const fused = fusedOf(parts({ a: task(add, ref("x")).after("p") }), {
      controls: ["q", "x"],
      options: { retries: 1 },
    });
    expect([fused.controls, fused.options]).to.deep.equal([["p", "q"], { retries: 1 }]);
  });
});
