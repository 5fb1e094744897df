import { expect } from "chai";
import {
  CancelledError,
  Client,
  delayed,
  LocalCluster,
  TaskErredError,
  TaskTimeoutError,
  UnserializableError,
  wait,
} from "../../src/index.js";
import { until } from "../../src/testing/until.js";
import { localCluster, rejection } from "../support/local.js";

const inc = (x: number): number => x + 1;

/** Computes until somebody writes into the shared memory that it is given by way of `client.run`; or for ever. */
const spin = (name: string): string => {
  const flag = new Int32Array(new SharedArrayBuffer(4));
  (globalThis as unknown as Record<string, Int32Array>)[name] = flag;
  for (;;) if (Atomics.load(flag, 0) === 1) return name;
};

describe("A local cluster that is abused", () => {
  const local = localCluster({ workers: 2, cancelGraceMs: 100, memoryLimit: "512MB" });

  describe("with values that cannot travel", () => {
    it("refuses such an argument when the call is made, with its place", () => {
      const { client } = local;
      const bad = { list: [1, { deep: new WeakMap() }] };
      expect(() => client.submit((x: unknown) => x, bad))
        .to.throw(UnserializableError, "[0].list[1].deep")
        .with.property("message")
        .that.includes("the arguments of");
      expect(() => client.submit((x: unknown) => x, [Promise.resolve(1)])).to.throw(
        UnserializableError,
        "[0][0]",
      );
      expect(() => client.submit((x: unknown) => x, Symbol("s"))).to.throw(UnserializableError);
      const iterator = [1, 2][Symbol.iterator]();
      expect(() => client.submit((x: unknown) => x, new Map([["k", iterator]]))).to.throw(
        UnserializableError,
        '[0].get("k")',
      );
    });

    it("and such a lazy argument when the graph is computed", async () => {
      const lazy = delayed((x: unknown) => x, { name: "take" })({ socket: new WeakSet() });
      const error = await rejection(local.client.compute(lazy));
      expect(error).to.be.instanceOf(UnserializableError);
      expect(error.message).to.include("socket").and.include("take");
    });

    it("fails the task whose result is one, with key and place", async () => {
      const future = local.client.submit(() => ({ rows: [{ pending: new WeakMap() }] }));
      const error = await rejection(future);
      expect(error).to.be.instanceOf(TaskErredError);
      const cause = error.cause as Error & { code?: string };
      expect(cause.code).to.equal("ERR_UNSERIALIZABLE");
      expect(cause.message).to.include(future.key).and.include(".rows[0].pending");
    });

    it("fails a task that gives a function with captured variables, and takes one without", async () => {
      const { client } = local;
      const maker =
        (n: number): ((x: number) => number) =>
        (x) =>
          x + n;
      const error = await rejection(client.submit(maker, 1));
      expect((error.cause as { code?: string }).code).to.equal("ERR_CAPTURED_VARIABLE");
      const made = (await client.submit(() => (x: number) => x * 2)) as unknown as (x: number) => number;
      expect(made(21)).to.equal(42);
    });

    it("says what was thrown, whatever it was", async () => {
      const { client } = local;
      const thrown = await Promise.all(
        [
          () => {
            // oxlint-disable-next-line typescript/only-throw-error -- what users do
            throw "text";
          },
          () => {
            // oxlint-disable-next-line typescript/only-throw-error -- what users do
            throw undefined;
          },
          () => {
            // oxlint-disable-next-line typescript/only-throw-error -- what users do
            throw {
              get message(): string {
                throw new Error("twice");
              },
            };
          },
          () => {
            throw new Error("outer", { cause: new RangeError("inner") });
          },
        ].map((fn) => rejection(client.submit(fn as () => number))),
      );
      for (const error of thrown) expect(error).to.be.instanceOf(TaskErredError);
      expect(thrown[0]!.message).to.include("text");
      expect(((thrown[3]!.cause as Error).cause as Error).name).to.equal("RangeError");
    });
  });

  describe("by tasks that do not return", () => {
    it("stops one at its time limit, though it never gives way, and goes on", async () => {
      const { client } = local;
      const error = await rejection(client.submit(spin, "limited", { timeoutMs: 100 }));
      expect(error).to.be.instanceOf(TaskErredError);
      expect(error.cause).to.be.instanceOf(TaskTimeoutError);
      expect(await client.gather(client.map(inc, [1, 2, 3, 4]))).to.deep.equal([2, 3, 4, 5]);
    });

    it("leaves one without a limit alone until it is cancelled, which costs its thread and no other task", async () => {
      const { client } = local;
      const future = client.submit(spin, "free", { workers: ["w1"] });
      const queued = client.map(inc, [10, 20], { workers: ["w1"] });
      await until("it runs", async () => (await client.explain(future.key)).includes("running"));
      expect(await client.submit(inc, 1)).to.equal(2);
      expect(queued[0]!.status).to.equal("pending");
      future.cancel();
      expect(await rejection(future)).to.be.instanceOf(CancelledError);
      expect(await client.gather(queued)).to.deep.equal([11, 21]);
    });

    it("stops one whose future is released", async () => {
      const { client } = local;
      const future = client.submit(spin, "let go", { workers: ["w2"] });
      await until("it runs", async () => (await client.explain(future.key)).includes("running"));
      future.release();
      expect(await client.submit(inc, 1, { workers: ["w2"] })).to.equal(2);
    });

    it("while its thread spins, goes on beating and hands out what the worker holds", async () => {
      const { client } = local;
      const held = client.submit(() => new Float64Array(50_000).fill(4), { workers: ["w1"] });
      await held.settled();
      const busy = client.submit(spin, "busy", { workers: ["w1"] });
      await until("it runs", async () => (await client.explain(busy.key)).includes("running"));
      // To the other worker, which has to fetch it, and to the client.
      const sum = (values: Float64Array): number => values.reduce((a, b) => a + b, 0);
      expect(await client.submit(sum, held, { workers: ["w2"] })).to.equal(200_000);
      expect((await held).length).to.equal(50_000);
      const beatsOf = async (): Promise<unknown> =>
        (await client.workers()).find(({ name }) => name === "w1")?.["state"];
      expect(await beatsOf()).to.equal("running");
      busy.cancel();
      await rejection(busy);
    });

    it("gives up an asynchronous task that ignores its signal, and keeps the thread", async () => {
      const { client } = local;
      const mark = await client.submit(() => ((globalThis as { own?: number }).own ??= Math.random()), {
        workers: ["w1"],
      });
      const deaf = client.submit(() => new Promise<void>(() => undefined), {
        workers: ["w1"],
        timeoutMs: 50,
      });
      expect((await rejection(deaf)).cause).to.be.instanceOf(TaskTimeoutError);
      expect(await client.submit(() => (globalThis as { own?: number }).own, { workers: ["w1"] })).to.equal(
        mark,
      );
    });
  });

  describe("by tasks that misbehave after their end", () => {
    it("takes no notice of a promise that is rejected later", async () => {
      const { client } = local;
      const leaving = (): string => {
        setTimeout(() => void Promise.reject(new Error("too late")), 5);
        return "done";
      };
      const own = { workers: ["w2"] };
      const mark = await client.submit(() => ((globalThis as { own?: number }).own ??= Math.random()), own);
      expect(await client.submit(leaving, own)).to.equal("done");
      await client.submit(() => new Promise<void>((resolve) => setTimeout(resolve, 30)), own);
      expect(await client.submit(() => (globalThis as { own?: number }).own, own)).to.equal(mark);
    });

    it("loses the thread, and nothing that is done, to an exception that is thrown later", async () => {
      const { client } = local;
      const own = { workers: ["w2"] };
      const kept = client.submit(() => new Uint8Array(20_000).fill(9), own);
      await kept.settled();
      const leaving = (): string => {
        setTimeout(() => {
          throw new Error("much too late");
        }, 5);
        return "done";
      };
      expect(await client.submit(leaving, own)).to.equal("done");
      await until("the thread is another", async () => {
        const marked = await client.submit(() => {
          const store = globalThis as { seen?: number };
          store.seen = (store.seen ?? 0) + 1;
          return store.seen;
        }, own);
        return marked === 1;
      });
      expect((await kept)[19_999]).to.equal(9);
    });
  });

  describe("by sheer numbers", () => {
    it("releases 100,000 futures at once", async () => {
      const { client } = local;
      const futures = Array.from({ length: 100_000 }, (_, i) => client.submit(inc, i));
      await wait(futures);
      expect(futures.every(({ status }) => status === "finished")).to.equal(true);
      for (const future of futures) future.release();
      const { key } = futures[99_999]!;
      await until("the last is forgotten", async () => (await client.explain(key)).includes("not known"));
      expect(await client.submit(inc, 1)).to.equal(2);
    }).timeout(60_000);

    it("cancels 20,000 pending calls by closing their client", async () => {
      const leaver = await Client.connect(local.cluster);
      const pause = async (): Promise<void> => {
        await new Promise((resolve) => setTimeout(resolve, 60_000));
      };
      const futures = Array.from({ length: 20_000 }, () => leaver.submit(pause));
      await until("one runs", async () => (await leaver.workers()).some(({ processing }) => processing > 0));
      const keys = futures.map(({ key }) => key);
      await leaver.close();
      for (const { status } of futures.slice(0, 10)) expect(status).to.be.oneOf(["pending", "cancelled"]);
      await until(
        "all are forgotten",
        async () =>
          (await local.client.explain(keys[0]!)).includes("not known") &&
          (await local.client.explain(keys.at(-1)!)).includes("not known"),
      );
      expect(await local.client.submit(inc, 1)).to.equal(2);
    });

    it("takes a value of 64 MB through a call and back", async () => {
      const { client } = local;
      const size = 8 * 1024 * 1024;
      const big = client.submit((n: number) => new Float64Array(n).fill(1), size);
      const twice = await client.submit((values: Float64Array) => values.map((x) => x * 2), big);
      expect(twice.length).to.equal(size);
      expect(twice[size - 1]).to.equal(2);
    });
  });

  it("fails a task whose inputs no worker can hold, with the sizes, and lives on", async () => {
    const small = await LocalCluster.start({ workers: 1, memoryLimit: "16MB" });
    const client = await Client.connect(small);
    const parts = client.map((i: number) => new Uint8Array(6_000_000).fill(i), [1, 2, 3, 4]);
    await wait(parts);
    const sum = (...all: Uint8Array[]): number => all.reduce((total, part) => total + part.length, 0);
    const error = await rejection(client.submit(sum, ...(parts as never[])));
    expect(error.message).to.include("24000").and.include("16000000");
    expect((await parts[3]!)[0]).to.equal(4);
    await small.close();
  });

  it("keeps a result larger than the memory limit on disk, and gives it whole", async () => {
    const small = await LocalCluster.start({
      workers: 1,
      memoryLimit: "32MB",
      spillDirectory: undefined as never,
    });
    const client = await Client.connect(small);
    const big = client.submit(() => new Uint8Array(48_000_000).fill(7));
    const value = await big;
    expect(value.length).to.equal(48_000_000);
    expect(value[47_999_999]).to.equal(7);
    expect(await client.submit(inc, 1)).to.equal(2);
    await small.close();
  });
});
