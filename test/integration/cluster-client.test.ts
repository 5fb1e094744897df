import { expect } from "chai";
import {
  asCompleted,
  Bag,
  CancelledError,
  CapturedVariableError,
  Client,
  compute,
  delayed,
  DuplicateKeyError,
  Future,
  Graph,
  Handle,
  InvalidArgumentError,
  Lazy,
  LocalCluster,
  NoValidWorkerError,
  ref,
  task,
  TaskErredError,
  TaskTimeoutError,
  wait,
  WaitTimeoutError,
} from "../../src/index.js";
import { until } from "../../src/testing/until.js";
import { localCluster, rejection } from "../support/local.js";

const inc = (x: number): number => x + 1;
const add = (x: number, y: number): number => x + y;
const sleep = async (ms: number): Promise<number> => {
  await new Promise((resolve) => setTimeout(resolve, ms));
  return ms;
};

describe("A client of a local cluster", () => {
  const local = localCluster({ workers: 2, concurrency: 4, resources: { gpu: 1 }, cancelGraceMs: 100 });

  describe("submits calls", () => {
    it("and gives futures with a key, a status and a result", async () => {
      const future = local.client.submit(inc, 1);
      expect(future).to.be.instanceOf(Future);
      expect(future.key).to.match(/^inc-/);
      expect(future.status).to.equal("pending");
      expect(await future).to.equal(2);
      expect(await future.result()).to.equal(2);
      expect(future.status).to.equal("finished");
    });

    it("whose arguments may be futures, also inside arrays and objects", async () => {
      const { client } = local;
      const one = client.submit(inc, 0);
      const total = client.submit(
        (parts: { list: number[]; more: { x: number } }) => parts.list[0]! + parts.list[1]! + parts.more.x,
        { list: [one, 10] as never, more: { x: client.submit(inc, 99) as never } },
      );
      expect(await total).to.equal(111);
    });

    it("with options as the last argument", async () => {
      const future = local.client.submit(add, 1, 2, { key: "three", priority: 5, retries: 1, pure: true });
      expect(future.key).to.equal("three");
      expect(await future).to.equal(3);
    });

    it("and maps them over iterables, zipped, futures among them", async () => {
      const { client } = local;
      expect(await client.gather(client.map(inc, [1, 2, 3]))).to.deep.equal([2, 3, 4]);
      const tens = client.map(add, [1, 2, 3], new Set([client.submit(inc, 9), 20]));
      expect(tens).to.have.length(2);
      expect(await client.gather({ sums: tens, plain: "kept" })).to.deep.equal({
        sums: [11, 22],
        plain: "kept",
      });
    });

    it("and refuses what is no iterable, no function, or no value", () => {
      const { client } = local;
      expect(() => client.map(inc, 5 as never)).to.throw(InvalidArgumentError, "iterable 1");
      expect(() => client.submit(5 as never)).to.throw(InvalidArgumentError, "client.submit");
      expect(() => client.submit(inc, delayed(inc)(1) as never)).to.throw(InvalidArgumentError, "lazy");
    });

    it("and refuses at once a function that uses what is outside of it, by name", () => {
      const rate = local.cluster.workers.length;
      expect(() => local.client.submit((x: number) => x * rate, 1)).to.throw(CapturedVariableError, "`rate`");
    });

    it("once for equal pure calls, whichever client makes them", async () => {
      const other = await Client.connect(local.cluster);
      const draw = (seed: number): number => seed + Math.random();
      const mine = local.client.submit(draw, 1, { pure: true });
      const theirs = other.submit(draw, 1, { pure: true });
      expect(theirs.key).to.equal(mine.key);
      expect(await theirs).to.equal(await mine);
      expect(await local.client.submit(draw, 1)).not.to.equal(await mine);
      await other.close();
      expect(await mine).to.be.within(1, 2);
    });

    it("and refuses the same key for another call, in this turn and in a later one", async () => {
      const { client } = local;
      const first = client.submit(inc, 1, { key: "same" });
      expect(() => client.submit(inc, 2, { key: "same" })).to.throw(DuplicateKeyError, "same");
      expect(await first).to.equal(2);
      expect(() => client.submit(add, 1, 2, { key: "same" })).to.throw(DuplicateKeyError, "same");
      expect(await client.submit(inc, 1, { key: "same" })).to.equal(2);
      const other = await Client.connect(local.cluster);
      const beside = other.submit(inc, 4);
      expect(await rejection(other.submit(add, 1, 2, { key: "same" }))).to.be.instanceOf(DuplicateKeyError);
      expect(await beside).to.equal(5);
      expect(await first).to.equal(2);
      await other.close();
    });

    it("that run by priority", async () => {
      const narrow = await LocalCluster.start({ workers: 1 });
      const client = await Client.connect(narrow);
      const order: string[] = [];
      const gate = client.submit(sleep, 30);
      const low = client.map(inc, [1, 2, 3], { priority: -1 });
      const high = client.map(inc, [4, 5, 6], { priority: 1 });
      for await (const done of asCompleted([gate, ...low, ...high])) {
        if (done !== gate) order.push(high.includes(done) ? "high" : "low");
      }
      expect(order).to.deep.equal(["high", "high", "high", "low", "low", "low"]);
      await narrow.close();
    });
  });

  describe("settles futures", () => {
    it("with the error of the task: key, cause, attempts and worker", async () => {
      const future = local.client.submit(() => {
        throw new TypeError("no such thing");
      });
      const error = (await rejection(future)) as TaskErredError;
      expect(error).to.be.instanceOf(TaskErredError);
      expect(error.key).to.equal(future.key);
      expect(error.attempts).to.equal(1);
      expect(error.worker).to.be.oneOf(["w1", "w2"]);
      const cause = error.cause as Error;
      expect(`${cause.name}: ${cause.message}`).to.equal("TypeError: no such thing");
      expect(future.status).to.equal("error");
    });

    it("with a stack that shows the task's own frames and none of the engine's", async () => {
      const error = await rejection(
        local.client.submit(() => {
          function inner(): never {
            throw new RangeError("deep");
          }
          inner();
        }),
      );
      const { stack } = error.cause as Error;
      expect(stack).to.match(/RangeError: deep\n\s+at inner/);
      expect(stack).not.to.match(/executor|thread-loop|node:internal|evaluate-source/);
    });

    it("of dependents with the error of the task they needed", async () => {
      const { client } = local;
      const bad = client.submit(() => {
        throw new Error("root");
      }) as Future<never>;
      const error = (await rejection(client.submit(inc, client.submit(inc, bad)))) as TaskErredError;
      expect(error.key).to.equal(bad.key);
      expect((error.cause as Error).message).to.equal("root");
    });

    it("after retries, counting the attempts", async () => {
      const attempts = local.client.submit(
        (store: SharedArrayBuffer | null) => {
          void store;
          throw new Error("always");
        },
        null,
        { retries: 2 },
      );
      const error = (await rejection(attempts)) as TaskErredError;
      expect(error.attempts).to.equal(3);
    });

    it("anew when a failed one is retried", async () => {
      const { client } = local;
      const key = `skein-test-${process.pid}-${Math.random()}`;
      const flaky = client.submit(
        (name: string) => {
          const store = globalThis as unknown as Record<string, number>;
          process.env[name] = "seen";
          store[name] = (store[name] ?? 0) + 1;
          if (store[name] < 3) throw new Error("not yet");
          return store[name];
        },
        key,
        { workers: ["w1"] },
      );
      await rejection(flaky);
      await flaky.retry();
      expect(flaky.status).to.equal("pending");
      await rejection(flaky);
      await flaky.retry();
      expect(await flaky).to.equal(3);
    });

    it("as cancelled, at once, also while the task runs", async () => {
      const { client } = local;
      const slow = client.submit(sleep, 60_000);
      const dependent = client.submit(inc, slow);
      await until("it runs", async () => (await client.explain(slow.key)).includes("running"));
      slow.cancel();
      expect(await rejection(slow)).to.be.instanceOf(CancelledError);
      expect(slow.status).to.equal("cancelled");
      expect(await rejection(dependent)).to.be.instanceOf(CancelledError);
    });

    it("as timed out, with the limit as the cause", async () => {
      const error = await rejection(local.client.submit(sleep, 60_000, { timeoutMs: 50 }));
      expect(error).to.be.instanceOf(TaskErredError);
      expect(error.cause).to.be.instanceOf(TaskTimeoutError);
      expect((error.cause as TaskTimeoutError).timeoutMs).to.equal(50);
    });

    it("that were released as cancelled, and frees what only they needed", async () => {
      const { client } = local;
      const big = client.submit(() => new Uint8Array(100_000));
      await big.settled();
      big.release();
      expect(big.status).to.equal("cancelled");
      expect(await rejection(big)).to.be.instanceOf(CancelledError);
      await until("it is forgotten", async () => (await client.explain(big.key)).includes("not known"));
    });

    it("of which one is held twice only when both are released", async () => {
      const { client } = local;
      const one = client.submit(inc, 7, { pure: true });
      const two = client.submit(inc, 7, { pure: true });
      await one;
      one.release();
      expect(await two).to.equal(8);
    });
  });

  describe("places tasks", () => {
    it("on the workers that are named", async () => {
      const { client } = local;
      const futures = Array.from({ length: 6 }, (_, i) =>
        client.submit((x: number) => new Uint8Array(5_000).fill(x), i, { workers: ["w2"] }),
      );
      await wait(futures);
      for (const { key } of futures) expect(await client.explain(key)).to.include("w2");
    });

    it("by resources, no more at once than there are", async () => {
      const { client } = local;
      const busy = (ms: number): Promise<number> =>
        new Promise((resolve) => setTimeout(() => resolve(performance.timeOrigin + performance.now()), ms));
      const ends = await client.gather(client.map(busy, [40, 40, 40, 40], { resources: { gpu: 1 } }));
      // Two workers with one each: two rounds.
      ends.sort((a, b) => a - b);
      expect(ends[2]! - ends[0]!).to.be.greaterThan(20);
    });

    it("nowhere when nobody fits, and says why after a while", async () => {
      const cluster = await LocalCluster.start({ workers: 1, noWorkersTimeoutMs: 50 });
      const client = await Client.connect(cluster);
      const named = await rejection(client.submit(inc, 1, { workers: ["elsewhere"] }));
      expect(named).to.be.instanceOf(NoValidWorkerError);
      expect(named.message).to.include("elsewhere");
      const resource = await rejection(client.submit(inc, 1, { resources: { gpu: 2 } }));
      expect(resource.message).to.include("gpu");
      expect(await client.submit(inc, 1, { workers: ["elsewhere"], allowOtherWorkers: true })).to.equal(2);
      await cluster.close();
    });
  });

  describe("waits", () => {
    it("for futures in the order in which they are completed, failed ones too", async () => {
      const { client } = local;
      const slow = client.submit(sleep, 80);
      const quick = client.submit(sleep, 1);
      const bad = client.submit(async () => {
        await new Promise((resolve) => setTimeout(resolve, 30));
        throw new Error("bad");
      });
      const seen: Future[] = [];
      for await (const done of asCompleted<Future>([slow, bad, quick])) {
        expect(done.status).not.to.equal("pending");
        seen.push(done);
      }
      expect(seen).to.deep.equal([quick, bad, slow]);
    });

    it("for futures that are added on the way", async () => {
      const { client } = local;
      const all = asCompleted([client.submit(inc, 0)]);
      const values: number[] = [];
      for await (const done of all) {
        const value = await done;
        values.push(value);
        if (value < 5) all.add(client.submit(inc, value));
      }
      expect(values).to.deep.equal([1, 2, 3, 4, 5]);
    });

    it("for nothing at all, and for readers that leave early", async () => {
      for await (const done of asCompleted([])) expect.fail(String(done));
      const futures = local.client.map(inc, [1, 2, 3]);
      for await (const done of asCompleted(futures)) {
        expect(done.status).to.equal("finished");
        break;
      }
    });

    it("until all or the first of several are settled", async () => {
      const { client } = local;
      const quick = client.submit(sleep, 1);
      const slow = client.submit(sleep, 60_000);
      const first = await wait([slow, quick], { when: "first" });
      expect(first.done).to.deep.equal([quick]);
      expect(first.pending).to.deep.equal([slow]);
      const late = await rejection(wait([slow, quick], { timeoutMs: 5 }));
      expect(late).to.be.instanceOf(WaitTimeoutError);
      slow.cancel();
      expect((await wait([slow, quick])).pending).to.deep.equal([]);
    });
  });

  describe("computes collections", () => {
    const twice = delayed((x: number) => x * 2, { name: "twice" });

    it("of every kind, and graphs by key", async () => {
      const { client } = local;
      expect(await client.compute({ a: twice(4), b: [Bag.range(10).sum()] })).to.deep.equal({
        a: 8,
        b: [45],
      });
      const graph = Graph.of({ x: 1, y: task(inc, ref("x")), z: ref("y") });
      expect(await compute(graph, ["z", "y", "x"], { scheduler: client })).to.deep.equal([2, 2, 1]);
    });

    it("though other tasks have the same keys there", async () => {
      const { client } = local;
      const slow = Graph.of({ x: task(sleep, 40) });
      const quick = Graph.of({ x: task(inc, 1) });
      expect(
        await Promise.all([
          compute(slow, "x", { scheduler: client }),
          compute(quick, "x", { scheduler: client }),
        ]),
      ).to.deep.equal([40, 2]);
    });

    it("telling how far it is, also when it is short", async () => {
      const events: { done: number; total: number; running: number }[] = [];
      const pause = delayed(async (ms: number) => {
        await new Promise((resolve) => setTimeout(resolve, ms));
      });
      const all = Array.from({ length: 40 }, () => pause(10));
      await local.client.compute(all, { onProgress: (event) => events.push(event) });
      expect(events[0]).to.include({ done: 0, total: 40 });
      expect(events.at(-1)).to.include({ done: 40, total: 40, running: 0 });
      expect(events.some(({ done, running }) => done > 0 && done < 40 && running > 0)).to.equal(true);
      for (const [i, { done }] of events.entries()) expect(done).to.be.at.least(events[i - 1]?.done ?? 0);
    });

    it("until their signal is aborted", async () => {
      const stop = new AbortController();
      const slow = delayed(() => new Promise((resolve) => setTimeout(resolve, 60_000)));
      const computing = rejection(local.client.compute(slow(), { signal: stop.signal }));
      stop.abort(new Error("enough"));
      const error = await computing;
      expect(error).to.be.instanceOf(CancelledError);
      expect((error.cause as Error).message).to.equal("enough");
    });

    it("and keeps them on the cluster when they are persisted", async () => {
      const { client } = local;
      const bag = await client.persist(Bag.range(100, { partitions: 4 }).map((x) => x + Math.random()));
      expect(bag).to.be.instanceOf(Bag);
      const sum = await client.compute(bag.sum());
      expect(await client.compute(bag.sum())).to.equal(sum);
      expect(await compute(bag.sum(), { scheduler: "sync" })).to.equal(sum);
      const other = await Client.connect(local.cluster);
      expect(await other.compute(bag.sum())).to.equal(sum);
      expect(await compute(bag.sum(), { scheduler: other, optimize: false })).to.equal(sum);
      await other.close();
    });

    it("and persists structures, in their shape, and what failed not at all", async () => {
      const { client } = local;
      const { two, list } = await client.persist({ two: twice(1), list: [twice(2), "plain"] as const });
      expect(two).to.be.instanceOf(Lazy);
      expect(await client.compute([two, twice(two), list])).to.deep.equal([2, 4, [4, "plain"]]);
      const bad = delayed((): number => {
        throw new Error("no");
      });
      expect(await rejection(client.persist({ two: twice(1), bad: bad() }))).to.be.instanceOf(TaskErredError);
    });

    it("and takes what was persisted, or a future, for an argument of a call", async () => {
      const { client } = local;
      const held = await client.persist(twice(21));
      expect(await client.submit(inc, held as never)).to.equal(43);
      expect(await client.compute(twice(client.submit(inc, 1) as never))).to.equal(4);
      expect(await compute(twice(client.submit(inc, 2) as never), { scheduler: "sync" })).to.equal(6);
    });
  });

  describe("scatters values", () => {
    it("small and large, and gives handles that calls and collections take", async () => {
      const { client } = local;
      const small = await client.scatter({ x: 1 });
      const large = await client.scatter(new Float64Array(10_000).fill(2));
      expect(small).to.be.instanceOf(Handle).and.not.instanceOf(Future);
      expect(
        await client.submit((a: { x: number }, b: Float64Array) => a.x + b[9_999]!, small, large),
      ).to.equal(3);
      expect(await client.gather([small, large]).then(([a, b]) => [a.x, b.length])).to.deep.equal([
        1, 10_000,
      ]);
      const sum = delayed((values: Float64Array) => values.reduce((a, b) => a + b, 0));
      expect(await client.compute(sum(large))).to.equal(20_000);
    });

    it("on the workers that are named, or on all", async () => {
      const { client } = local;
      const named = await client.scatter(new Uint8Array(10_000), { workers: ["w2"] });
      const explained = await client.explain(named.key);
      expect(explained).to.include("w2").and.not.include("w1");
      const everywhere = await client.scatter(new Uint8Array(10_000), { broadcast: true });
      const both = await client.explain(everywhere.key);
      expect(both).to.include("w1").and.include("w2");
      const nowhere = await rejection(client.scatter(new Uint8Array(10_000), { workers: ["w9"] }));
      expect(nowhere.message).to.include("w9");
    });
  });

  describe("publishes", () => {
    it("futures, handles and persisted collections, for other clients to find in the same shape", async () => {
      const maker = await Client.connect(local.cluster);
      const bag = await maker.persist(Bag.range(20, { partitions: 2 }));
      const lazy = await maker.persist(delayed(inc)(1));
      const future = maker.submit(inc, 5);
      await maker.publish("things", { bag, lazy, list: [future], size: 20 });
      await maker.publish("one", future);
      await maker.close();

      const found = (await local.client.published("things")) as {
        bag: Bag<number>;
        lazy: Lazy<number>;
        list: [Future<number>];
        size: number;
      };
      expect(found.bag).to.be.instanceOf(Bag);
      expect(found.size).to.equal(20);
      expect(await local.client.compute([found.bag.sum(), found.lazy])).to.deep.equal([190, 2]);
      expect(await found.list[0]).to.equal(6);
      const one = (await local.client.published("one")) as Handle<number>;
      expect(await one.result()).to.equal(6);
      await local.client.unpublish("things");
      await local.client.unpublish("one");
    });

    it("nothing under a name that is taken or was never given, and nothing that is not held", async () => {
      const { client } = local;
      await client.publish("taken", client.submit(inc, 1));
      expect((await rejection(client.publish("taken", client.submit(inc, 2)))).message).to.include("taken");
      expect((await rejection(client.published("never"))).message).to.include("never");
      expect(await rejection(client.publish("x", 5))).to.be.instanceOf(InvalidArgumentError);
      const lazy = delayed(inc)(1);
      expect((await rejection(client.publish("x", lazy))).message).to.include("ersist");
      await client.unpublish("taken");
    });
  });

  describe("asks and tells the cluster", () => {
    it("who its workers are", async () => {
      const workers = await local.client.workers();
      expect(workers.map(({ name, threads, concurrency }) => [name, threads, concurrency])).to.deep.equal([
        ["w1", 1, 4],
        ["w2", 1, 4],
      ]);
    });

    it("what became of a key", async () => {
      const { client } = local;
      const future = client.submit(inc, 1);
      await future;
      const story = (await client.story(future.key)) as { to: string }[];
      expect(story.at(-1)?.to).to.equal("memory");
      expect(await client.explain(future.key)).to.include("memory");
      expect(await client.explain("nobody")).to.include("nobody");
    });

    it("to call a function on every worker", async () => {
      const { client } = local;
      expect(await client.run((x: number) => x + 1, 1)).to.deep.equal({ w1: 2, w2: 2 });
      const error = await rejection(
        client.run(() => {
          throw new Error("not here");
        }),
      );
      expect(error.message).to.include("not here");
    });

    it("to tell what happens, for as long as somebody listens", async () => {
      const { client } = local;
      const events = client.events("task.*");
      const first = events.next();
      await client.workers();
      const future = client.submit(inc, 1);
      const topics = [(await first).value?.topic];
      for await (const { topic, data } of events) {
        expect(data["key"]).to.equal(future.key);
        topics.push(topic);
        if (topic === "task.finished") break;
      }
      expect(topics).to.deep.equal(["task.assigned", "task.finished"]);
      expect((await events.next()).done).to.equal(true);
    });

    it("to run a task to its end though its client is gone", async () => {
      const leaver = await Client.connect(local.cluster);
      const key = `forgotten-${Math.random()}`;
      const watched = local.client.events("task.finished");
      const first = watched.next();
      await local.client.workers();
      const gone = leaver.submit(sleep, 100, { key });
      leaver.fireAndForget(gone);
      await leaver.workers();
      await leaver.close();
      let next = await first;
      while (next.value?.data["key"] !== key) next = await watched.next();
      await watched.return();
    });

    it("to start afresh: what was wanted is cancelled, new calls run", async () => {
      const { client } = local;
      const slow = client.submit(sleep, 60_000);
      await until("it runs", async () => (await client.explain(slow.key)).includes("running"));
      const cancelled = rejection(slow);
      await client.restart();
      expect(await cancelled).to.be.instanceOf(CancelledError);
      expect(await client.submit(inc, 1)).to.equal(2);
    });
  });

  it("rejects what it still waits for when it is closed, and refuses everything after", async () => {
    const client = await Client.connect(local.cluster);
    const future = client.submit(sleep, 60_000);
    const events = client.events("*").next();
    const pending = rejection(future);
    await client.close();
    await client.close();
    expect(await pending).to.be.instanceOf(CancelledError);
    expect((await events).done).to.equal(true);
    expect(() => client.submit(inc, 1)).to.throw(CancelledError, "closed");
    expect(await rejection(client.workers())).to.be.instanceOf(CancelledError);
  });
});

describe("A local cluster", () => {
  it("is closed by `await using`, with its clients", async () => {
    let future: Future<number>;
    {
      await using cluster = await LocalCluster.start({ workers: 1 });
      await using client = await Client.connect(cluster);
      future = client.submit(sleep, 60_000);
    }
    expect(await rejection(future)).to.be.instanceOf(CancelledError);
  });

  it("overlaps asynchronous tasks in one thread as far as its concurrency goes", async () => {
    await using cluster = await LocalCluster.start({ workers: 1, concurrency: 8 });
    await using client = await Client.connect(cluster);
    const meet = async (): Promise<number> => {
      const store = globalThis as unknown as { inside?: number; most?: number };
      store.inside = (store.inside ?? 0) + 1;
      store.most = Math.max(store.most ?? 0, store.inside);
      await new Promise((resolve) => setTimeout(resolve, 30));
      store.inside--;
      return store.most;
    };
    const most = await client.gather(Array.from({ length: 16 }, () => client.submit(meet)));
    expect(Math.max(...most)).to.equal(8);
  });

  it("refuses options that it does not know or cannot use", async () => {
    for (const options of [
      { workers: 0 },
      { workers: 1.5 },
      { concurrency: 0 },
      { memoryLimit: "2 apples" },
      { worker: 2 },
    ]) {
      expect(await rejection(LocalCluster.start(options as never))).to.be.instanceOf(InvalidArgumentError);
    }
  });

  it("gives no client when it is closed", async () => {
    const cluster = await LocalCluster.start({ workers: 1 });
    await cluster.close();
    await cluster.close();
    expect(await rejection(cluster.connect())).to.be.instanceOf(CancelledError);
  });
});
