/* oxlint-disable unicorn/no-thenable, typescript/only-throw-error, typescript/prefer-promise-reject-errors --
   Functions may return and throw anything; that is what is tested. */

import { expect } from "chai";
import { defaultConfig } from "../../../src/config.js";
import { CancelledError, TaskErredError, TaskTimeoutError } from "../../../src/errors.js";
import { currentTask } from "../../../src/executor/current-task.js";
import type { ProgressEvent, RunOptions } from "../../../src/executor/graph-runner.js";
import { processSurroundings } from "../../../src/executor/sync/surroundings.js";
import { runSync } from "../../../src/executor/sync/sync-run.js";
import { Graph } from "../../../src/graph/graph.js";
import { ref } from "../../../src/graph/ref.js";
import { task } from "../../../src/graph/task.js";
import { ManualSurroundings, settled } from "../../support/manual-surroundings.js";

const run = (
  graph: Graph,
  keys: readonly string[],
  options: Partial<RunOptions> = {},
  world = processSurroundings,
): Promise<unknown[]> => runSync(graph, keys, { ...defaultConfig, ...options }, world);

/** What the promise was rejected with; fails when it was not. */
async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("expected a rejection");
}

async function taskError(promise: Promise<unknown>): Promise<TaskErredError> {
  const error = await rejection(promise);
  expect(error).to.be.instanceOf(TaskErredError);
  return error as TaskErredError;
}

/** A task that ends when the test says so. */
class Gate {
  readonly started: string[] = [];
  readonly #open = new Map<string, { resolve: (value: unknown) => void; reject: (error: unknown) => void }>();

  readonly enter = (..._inputs: readonly unknown[]): Promise<unknown> => {
    const { key } = currentTask();
    this.started.push(key);
    return new Promise((resolve, reject) => this.#open.set(key, { resolve, reject }));
  };

  async release(key: string, value?: unknown): Promise<void> {
    this.#open.get(key)?.resolve(value);
    await settled();
  }

  async fail(key: string, error: unknown): Promise<void> {
    this.#open.get(key)?.reject(error);
    await settled();
  }
}

const add = (a: number, b: number): number => a + b;
const boom = (): never => {
  throw new RangeError("boom");
};

describe("The sync scheduler", () => {
  it("computes data, calls, aliases and nested references", async () => {
    const graph = Graph.of({
      x: 1,
      y: task((x: number) => x + 1, ref("x")),
      z: task(add, ref("y"), 10),
      s: task((parts: number[]) => parts.reduce(add), [ref("x"), ref("y"), ref("z")]),
      alias: ref("z"),
    });
    expect(await run(graph, ["z", "s", "alias", "x"])).to.deep.equal([12, 15, 12, 1]);
  });

  it("awaits whatever has a then method, and passes every other value on as it is", async () => {
    const thenable = { then: (resolve: (value: number) => void) => resolve(7) };
    const graph = Graph.of({
      promised: task(async () => undefined),
      thenable: task(() => thenable),
      callable: task(() => Object.assign(() => 1, { then: (done: (v: string) => void) => done("called") })),
      nothing: task(() => undefined),
      nan: task(() => NaN),
      fn: task(() => add),
      seen: task((...all: unknown[]) => all, ref("promised"), ref("thenable"), ref("nothing"), ref("nan")),
    });
    const results = await run(graph, ["thenable", "callable", "nothing", "fn", "seen"]);
    expect(results).to.deep.equal([7, "called", undefined, add, [undefined, 7, undefined, NaN]]);
  });

  it("treats a then getter that throws as the task's error", async () => {
    const hostile = {
      get then(): never {
        throw new Error("no");
      },
    };
    const error = await taskError(run(Graph.of({ a: task(() => hostile) }), ["a"]));
    expect((error.cause as Error).message).to.equal("no");
  });

  it("computes a chain of a million links", async function () {
    this.timeout(60_000);
    const inc = (x: number): number => x + 1;
    const links = function* (): Generator<[string, unknown]> {
      yield ["0", 0];
      for (let i = 1; i <= 1_000_000; i++) yield [String(i), task(inc, ref(String(i - 1)))];
    };
    expect(await run(Graph.of(links()), ["1000000"])).to.deep.equal([1_000_000]);
  });

  it("waits for control edges without passing their results", async () => {
    const ran: unknown[][] = [];
    const note = (...args: unknown[]): void => void ran.push([currentTask().key, ...args]);
    const graph = Graph.of({
      late: task(note, 1).after("early"),
      early: task(async () => {
        await settled();
        note();
      }),
    });
    await run(graph, ["late"]);
    expect(ran).to.deep.equal([["early"], ["late", 1]]);
  });

  describe("overlaps asynchronous tasks", () => {
    it("up to the concurrency, and starts the next as soon as one ends", async () => {
      const gate = new Gate();
      const keys = ["a", "b", "c", "d", "e"];
      const graph = Graph.of(keys.map((key) => [key, task(gate.enter)] as const));
      const done = run(graph, keys, { concurrency: 3 });
      await settled();
      expect(gate.started).to.have.lengthOf(3);
      const [first] = gate.started as [string];
      await gate.release(first, 1);
      expect(gate.started).to.have.lengthOf(4);
      for (const key of keys) await gate.release(key, 1);
      for (const key of keys) await gate.release(key, 1);
      expect(await done).to.deep.equal([1, 1, 1, 1, 1]);
    });

    it("and runs synchronous ones between them, with no more than one slot taken by each promise", async () => {
      const gate = new Gate();
      const graph = Graph.of({
        slow: task(gate.enter),
        quick: task(add, 1, 2),
        more: task(add, ref("quick"), 1),
      });
      const done = run(graph, ["slow", "more"], { concurrency: 2 });
      await settled();
      await gate.release("slow", "slow");
      expect(await done).to.deep.equal(["slow", 4]);
    });
  });

  it("does not pile up results that nothing takes yet while it waits for a promise", async () => {
    const gate = new Gate();
    let parts = 0;
    const entries: [string, unknown][] = [["sum-0", 0]];
    for (let i = 1; i <= 100; i++) {
      entries.push([`part-${i}`, task(() => ++parts)]);
      entries.push([`sum-${i}`, task(gate.enter, ref(`sum-${i - 1}`), ref(`part-${i}`))]);
    }
    const graph = Graph.of(entries);
    const abort = new AbortController();
    const stopped = rejection(run(graph, ["sum-100"], { concurrency: 4, signal: abort.signal }));
    await settled();
    // One in use, and as many idle as the order holds at its worst and there are slots, and the one too many.
    expect(parts).to.equal(1 + graph.diagnostics().peak + 4 + 1);
    await gate.release("sum-1");
    expect(parts).to.equal(2 + graph.diagnostics().peak + 4 + 1);
    abort.abort();
    await stopped;
  });

  describe("after the first error", () => {
    it("rejects with the key, the original error as the cause, and the attempts", async () => {
      const original = new RangeError("boom");
      const graph = Graph.of({
        bad: task(() => {
          throw original;
        }),
        after: task(add, ref("bad"), 1),
      });
      const error = await taskError(run(graph, ["after"]));
      expect(error).to.include({ key: "bad", cause: original, attempts: 1, worker: undefined });
      expect(error.message).to.include('Task "bad" failed: RangeError: boom');
    });

    it("keeps the original stack visible", async () => {
      const error = await taskError(run(Graph.of({ bad: task(boom) }), ["bad"]));
      expect((error.cause as Error).stack).to.match(/RangeError: boom\n\s+at boom \(.*sync-run\.test\.ts/);
    });

    it("takes anything that was thrown for a cause, undefined included", async () => {
      for (const thrown of [undefined, null, "text", 0, { code: 7 }]) {
        const graph = Graph.of({
          now: task(() => {
            throw thrown;
          }),
        });
        const later = Graph.of({ later: task(() => Promise.reject(thrown)) });
        expect((await taskError(run(graph, ["now"]))).cause).to.equal(thrown);
        expect((await taskError(run(later, ["later"]))).cause).to.equal(thrown);
      }
    });

    it("starts nothing new, aborts the running tasks' signals, and does not wait for them", async () => {
      const gate = new Gate();
      const signals: AbortSignal[] = [];
      const graph = Graph.of({
        slow: task(() => {
          signals.push(currentTask().signal);
          return gate.enter();
        }),
        bad: task(gate.enter),
        other: task(gate.enter).after("free"),
        free: task(gate.enter),
        never: task(gate.enter).after("bad", "free"),
      });
      const failing = rejection(run(graph, ["slow", "bad", "other", "free", "never"]));
      await settled();
      await gate.fail("bad", new Error("boom"));
      const error = (await failing) as TaskErredError;
      expect(error.key).to.equal("bad");
      expect(signals[0]?.aborted).to.equal(true);
      expect(signals[0]?.reason).to.be.instanceOf(CancelledError).with.property("cause", error);
      await gate.release("free");
      expect(gate.started).to.have.members(["slow", "bad", "free"]);
    });

    it("gives a task that asks for its signal only then one that is aborted", async () => {
      const gate = new Gate();
      let late: AbortSignal | undefined;
      const graph = Graph.of({
        slow: task(async () => {
          const context = currentTask();
          await gate.enter();
          late = context.signal;
        }),
        bad: task(gate.enter),
      });
      const failing = rejection(run(graph, ["slow", "bad"]));
      await settled();
      await gate.fail("bad", new Error("boom"));
      await failing;
      await gate.release("slow");
      expect(late?.aborted).to.equal(true);
    });

    it("swallows what abandoned tasks throw later", async () => {
      const unhandled: unknown[] = [];
      const note = (reason: unknown): void => void unhandled.push(reason);
      process.on("unhandledRejection", note);
      try {
        const gate = new Gate();
        const graph = Graph.of({ one: task(gate.enter), two: task(gate.enter), three: task(gate.enter) });
        const failing = rejection(run(graph, ["one", "two", "three"]));
        await settled();
        await gate.fail("one", new Error("first"));
        await gate.fail("two", new Error("second"));
        await gate.release("three");
        expect(((await failing) as TaskErredError).key).to.equal("one");
        await settled();
        expect(unhandled).to.deep.equal([]);
      } finally {
        process.off("unhandledRejection", note);
      }
    });

    it("leaves a second computation of the same graph undisturbed", async () => {
      const gate = new Gate();
      const graph = Graph.of({ bad: task(boom), good: task(gate.enter), sum: task(add, ref("good"), 1) });
      const second = run(graph, ["sum"]);
      await settled();
      await taskError(run(graph, ["bad"]));
      await gate.release("good", 1);
      expect(await second).to.deep.equal([2]);
    });
  });

  describe("tries again", () => {
    /** Fails `failures` times, then gives the number of the attempt. */
    function flaky(failures: number): () => number {
      return () => {
        const { attempt } = currentTask();
        if (attempt <= failures) throw new Error(`attempt ${attempt}`);
        return attempt;
      };
    }

    it("after 100, 200 and 400 ms, as often as the task allows", async () => {
      const world = new ManualSurroundings();
      const done = run(Graph.of({ a: task(flaky(3)).with({ retries: 3 }) }), ["a"], {}, world);
      for (const wait of [100, 200, 400]) {
        await settled();
        expect(world.waits).to.deep.equal([wait]);
        await world.advance(wait);
      }
      expect(await done).to.deep.equal([4]);
    });

    it("no more than allowed, and reports the last error with the attempts", async () => {
      const world = new ManualSurroundings();
      const failing = rejection(run(Graph.of({ a: task(flaky(9)) }), ["a"], { retries: 1 }, world));
      await settled();
      await world.advance(100);
      const error = (await failing) as TaskErredError;
      expect(error.attempts).to.equal(2);
      expect((error.cause as Error).message).to.equal("attempt 2");
      expect(error.message).to.include("after 2 attempts");
    });

    it("as the task says, where the task and the computation differ", async () => {
      const graph = Graph.of({ a: task(flaky(1)).with({ retries: 0 }) });
      const error = await taskError(run(graph, ["a"], { retries: 5 }));
      expect(error.attempts).to.equal(1);
    });

    it("while other tasks go on, and without holding a slot", async () => {
      const world = new ManualSurroundings();
      const ran: string[] = [];
      const note = async (): Promise<void> => void ran.push(currentTask().key);
      const graph = Graph.of({
        flaky: task(async () => flaky(1)()).with({ priority: 1 }),
        other: task(note),
        more: task(note).after("other"),
      });
      const done = run(graph, ["flaky", "more"], { retries: 1, concurrency: 1 }, world);
      await settled();
      expect(ran).to.deep.equal(["other", "more"]);
      await world.advance(100);
      expect(await done).to.deep.equal([2, undefined]);
    });

    it("with its arguments still there", async () => {
      const world = new ManualSurroundings();
      const graph = Graph.of({
        input: task(() => [1, 2]),
        sum: task((list: number[]) => {
          flaky(1)();
          return list.reduce(add);
        }, ref("input")),
      });
      const done = run(graph, ["sum"], { retries: 1 }, world);
      await settled();
      await world.advance(100);
      expect(await done).to.deep.equal([3]);
    });

    it("not at all once the computation is aborted", async () => {
      const world = new ManualSurroundings();
      const abort = new AbortController();
      const graph = Graph.of({ a: task(flaky(1)) });
      const failing = rejection(run(graph, ["a"], { retries: 1, signal: abort.signal }, world));
      await settled();
      abort.abort();
      expect(await failing).to.be.instanceOf(CancelledError);
      expect(world.waits).to.deep.equal([]);
    });
  });

  describe("limits the time of an attempt", () => {
    it("of an asynchronous task: it fails, and its signal is aborted", async () => {
      const world = new ManualSurroundings();
      const gate = new Gate();
      let signal: AbortSignal | undefined;
      const slow = (): Promise<unknown> => {
        ({ signal } = currentTask());
        return gate.enter();
      };
      const failing = rejection(run(Graph.of({ a: task(slow).with({ timeoutMs: 50 }) }), ["a"], {}, world));
      await settled();
      await world.advance(49);
      expect(signal?.aborted).to.equal(false);
      await world.advance(1);
      const error = (await failing) as TaskErredError;
      expect(error.cause).to.be.instanceOf(TaskTimeoutError);
      expect(error.message).to.include("timeoutMs of 50 ms");
      expect(signal?.reason).to.equal(error.cause);
    });

    it("counting from its start, synchronous part included", async () => {
      const world = new ManualSurroundings();
      const gate = new Gate();
      const slow = (): Promise<unknown> => {
        world.spend(30);
        return gate.enter();
      };
      const failing = rejection(run(Graph.of({ a: task(slow).with({ timeoutMs: 50 }) }), ["a"], {}, world));
      await settled();
      expect(world.waits).to.deep.equal([20]);
      await world.advance(20);
      expect(((await failing) as TaskErredError).cause).to.be.instanceOf(TaskTimeoutError);
    });

    it("of a synchronous task: noticed when it returns", async () => {
      const world = new ManualSurroundings();
      const graph = Graph.of({ a: task(() => world.spend(51)).with({ timeoutMs: 50 }) });
      const error = await taskError(run(graph, ["a"], {}, world));
      expect(error.cause).to.be.instanceOf(TaskTimeoutError);
    });

    it("for each attempt anew, and ignores what the attempt before still does", async () => {
      const world = new ManualSurroundings();
      const gates = [new Gate(), new Gate()] as const;
      const slow = (): Promise<unknown> => (currentTask().attempt === 1 ? gates[0] : gates[1]).enter();
      const graph = Graph.of({ a: task(slow).with({ timeoutMs: 50, retries: 1 }) });
      const done = run(graph, ["a"], {}, world);
      await settled();
      await world.advance(50);
      await world.advance(100);
      await gates[0].release("a", "too late");
      await gates[1].release("a", "in time");
      expect(await done).to.deep.equal(["in time"]);
      expect(world.waits).to.deep.equal([]);
    });

    it("and leaves no timer behind when the task was in time", async () => {
      const world = new ManualSurroundings();
      const gate = new Gate();
      const done = run(Graph.of({ a: task(gate.enter).with({ timeoutMs: 50 }) }), ["a"], {}, world);
      await settled();
      expect(world.waits).to.deep.equal([50]);
      await gate.release("a", 1);
      await done;
      expect(world.waits).to.deep.equal([]);
    });
  });

  describe("can be aborted", () => {
    it("before it starts: nothing runs", async () => {
      const reason = new Error("enough");
      const ran: string[] = [];
      const graph = Graph.of({ a: task(() => ran.push("a")) });
      const error = await rejection(run(graph, ["a"], { signal: AbortSignal.abort(reason) }));
      expect(error).to.be.instanceOf(CancelledError).with.property("cause", reason);
      expect(ran).to.deep.equal([]);
    });

    it("while tasks run: they see it at once, and it does not wait for them", async () => {
      const abort = new AbortController();
      const gate = new Gate();
      const seen: unknown[] = [];
      const graph = Graph.of({
        a: task(() => {
          const { signal } = currentTask();
          signal.addEventListener("abort", () => seen.push(signal.reason));
          return gate.enter();
        }),
        b: task(gate.enter).after("a"),
      });
      const failing = rejection(run(graph, ["b"], { signal: abort.signal }));
      await settled();
      abort.abort("stop");
      const error = await failing;
      expect(error).to.be.instanceOf(CancelledError).with.property("cause", "stop");
      expect(seen).to.deep.equal([error]);
      await gate.release("a");
      expect(gate.started).to.deep.equal(["a"]);
    });

    it("by one of its own tasks, whose signal is aborted too", async () => {
      const abort = new AbortController();
      const seen: boolean[] = [];
      const ran: string[] = [];
      const graph = Graph.of({
        a: task(() => {
          const { signal } = currentTask();
          abort.abort();
          seen.push(signal.aborted);
        }),
        b: task(() => ran.push("b")).after("a"),
      });
      const error = await rejection(run(graph, ["b"], { signal: abort.signal }));
      expect(error).to.be.instanceOf(CancelledError);
      expect([seen, ran]).to.deep.equal([[true], []]);
    });

    it("in the middle of many synchronous tasks, by a timer", async () => {
      const abort = new AbortController();
      let ran = 0;
      const busy = (): void => {
        const until = performance.now() + 1;
        while (performance.now() < until);
        ran++;
      };
      const keys = Array.from({ length: 5000 }, (_, i) => `k${i}`);
      const graph = Graph.of(keys.map((key) => [key, task(busy)] as const));
      setTimeout(() => abort.abort(), 5);
      expect(await rejection(run(graph, keys, { signal: abort.signal }))).to.be.instanceOf(CancelledError);
      expect(ran).to.be.lessThan(keys.length);
    });

    it("and leaves no listener on the signal when it is over", async () => {
      const { signal } = new AbortController();
      const listeners = new Set<unknown>();
      const watched = new Proxy(signal, {
        get(target, name) {
          if (name === "addEventListener") return (_: string, listener: unknown) => listeners.add(listener);
          if (name === "removeEventListener")
            return (_: string, listener: unknown) => listeners.delete(listener);
          return Reflect.get(target, name, target) as unknown;
        },
      });
      await run(Graph.of({ a: task(add, 1, 2) }), ["a"], { signal: watched });
      await taskError(run(Graph.of({ a: task(boom) }), ["a"], { signal: watched }));
      expect(listeners.size).to.equal(0);
    });
  });

  describe("gives the event loop its turn", () => {
    it("every 10 ms of synchronous tasks", async () => {
      const world = new ManualSurroundings();
      const keys = Array.from({ length: 100 }, (_, i) => `k${i}`);
      const graph = Graph.of(keys.map((key) => [key, task(() => world.spend(1))] as const));
      await run(graph, keys, {}, world);
      expect(world.turns).to.equal(10);
    });

    it("also when promises settle one after another without a pause", async () => {
      let turns = 0;
      const keys = Array.from({ length: 100_000 }, (_, i) => `k${i}`);
      const graph = Graph.of(keys.map((key) => [key, task(async () => turns)] as const));
      const ticking = setInterval(() => turns++, 1);
      const results = await run(graph, keys, { concurrency: 1 });
      clearInterval(ticking);
      expect(results.at(-1)).to.be.greaterThan(0);
    });
  });

  describe("reports progress", () => {
    it("at the start and at the end, and in between never goes back", async () => {
      const events: ProgressEvent[] = [];
      const keys = Array.from({ length: 50 }, (_, i) => `k${i}`);
      const graph = Graph.of([["data", 1], ...keys.map((key) => [key, task(async () => key)] as const)]);
      await run(graph, [...keys, "data"], { onProgress: (event) => void events.push(event) });
      expect(events.at(0)).to.include({ done: 0, total: 50, running: 0, latest: undefined });
      expect(events.at(-1)).to.include({ done: 50, total: 50, running: 0 });
      const counts = events.map((event) => event.done);
      expect(counts).to.deep.equal(counts.toSorted((a, b) => a - b));
    });

    it("with the running tasks, and what they say of themselves", async () => {
      const gate = new Gate();
      const events: ProgressEvent[] = [];
      const graph = Graph.of({
        half: task(() => {
          const { progress } = currentTask();
          progress(1, 2);
          return gate.enter();
        }),
        other: task(gate.enter),
      });
      const done = run(graph, ["half", "other"], { onProgress: (event) => void events.push(event) });
      await settled();
      expect(events.at(-1)).to.include({ done: 0, running: 2 });
      expect(events.at(-1)?.tasks).to.have.deep.members([
        { key: "half", attempt: 1, progress: { done: 1, total: 2 } },
        { key: "other", attempt: 1 },
      ]);
      await gate.release("half");
      expect(events.at(-1)).to.include({ done: 1, running: 1, latest: "half" });
      await gate.release("other");
      await done;
    });

    it("and rejects with what the listener throws", async () => {
      const oops = new Error("oops");
      const onProgress = (event: ProgressEvent): void => {
        if (event.done === event.total) throw oops;
      };
      expect(await rejection(run(Graph.of({ a: task(add, 1, 2) }), ["a"], { onProgress }))).to.equal(oops);
    });
  });

  it("writes what tasks log, with the key of the task", async () => {
    const world = new ManualSurroundings();
    const graph = Graph.of({
      a: task(() => {
        const { log } = currentTask();
        log("plain", { n: 1 });
        log.warn("careful");
      }),
    });
    await run(graph, ["a"], {}, world);
    expect(world.lines).to.deep.equal([
      { key: "a", level: "info", message: "plain", fields: { n: 1 } },
      { key: "a", level: "warn", message: "careful", fields: undefined },
    ]);
  });
});
