import { expect } from "chai";
import { SchedulerCore } from "../../src/actors/scheduler/scheduler.core.js";
import { WorkerCore } from "../../src/actors/worker/worker.core.js";
import {
  Client,
  ClusterFailedError,
  KilledWorkerError,
  LocalCluster,
  type TaskErredError,
} from "../../src/index.js";
import { until } from "../../src/testing/until.js";
import { localCluster, rejection } from "../support/local.js";

const inc = (x: number): number => x + 1;
const pause = async (ms: number): Promise<number> => {
  await new Promise((resolve) => setTimeout(resolve, ms));
  return ms;
};
const markThread = (): number => ((globalThis as { mark?: number }).mark ??= Math.random());

describe("A thread of a local cluster that is lost", () => {
  const local = localCluster({ workers: 2, memoryLimit: "128MB", allowedFailures: 1, cancelGraceMs: 100 });

  for (const [how, end] of [
    ["by process.exit", (): number => process.exit(7)],
    [
      "by an exception outside of the task",
      (): Promise<never> => {
        setTimeout(() => {
          throw new Error("not caught by anybody");
        }, 1);
        return new Promise(() => undefined);
      },
    ],
    [
      "for want of memory",
      (): number => {
        const hoard: string[][] = [];
        for (;;) hoard.push(Array.from({ length: 10_000 }, (_, i) => `${i}-${hoard.length}`));
      },
    ],
  ] as const) {
    it(`${how} costs its thread only, and the task is named as the cause in the end`, async () => {
      const { client } = local;
      const process = await client.run(() => globalThis.process.pid);
      const kept = client.submit(() => new Uint8Array(30_000).fill(5), { workers: ["w1"] });
      await kept.settled();
      const error = await rejection(client.submit(end as () => number, { workers: ["w1"] }));
      if (how === "for want of memory") expect(error.message).to.match(/heap|memory/);
      else {
        expect(error).to.be.instanceOf(KilledWorkerError);
        expect((error as KilledWorkerError).workers).to.include("w1");
      }
      // What was finished lives with the IO thread.
      expect((await kept)[29_999]).to.equal(5);
      expect(await client.submit(inc, 1, { workers: ["w1"] })).to.equal(2);
      expect(await client.run(() => globalThis.process.pid)).to.deep.equal(process);
    }).timeout(60_000);
  }

  it("takes with it neither what was queued nor what the other thread does", async () => {
    const { client } = local;
    const other = await client.submit(markThread, { workers: ["w2"] });
    const slow = client.submit(pause, 100, { workers: ["w2"] });
    const bad = client.submit(() => process.exit(1), { workers: ["w1"] });
    const queued = client.map(inc, [1, 2, 3], { workers: ["w1"] });
    await rejection(bad);
    expect(await client.gather(queued)).to.deep.equal([2, 3, 4]);
    expect(await slow).to.equal(100);
    expect(await client.submit(markThread, { workers: ["w2"] })).to.equal(other);
  });

  it("blames only what was running: innocent tasks that shared it are done, however often it happens", async () => {
    const cluster = await LocalCluster.start({ workers: 1, concurrency: 4, allowedFailures: 2 });
    const client = await Client.connect(cluster);
    const innocent = client.map(pause, [150, 151, 152]);
    // It is called in the same thread, after them.
    await client.run(() => 0);
    const killer = client.submit(() => process.exit(1));
    expect(await rejection(killer)).to.be.instanceOf(KilledWorkerError);
    expect(await client.gather(innocent)).to.deep.equal([150, 151, 152]);
    await cluster.close();
  }).timeout(60_000);
});

describe("An actor of a local cluster that fails", () => {
  /** Lets the next stimulus of that kind of core fail, `times` times. */
  function failing(
    prototype: { handle(...args: never[]): void },
    times: number,
  ): { restore(): void; left(): number } {
    // oxlint-disable-next-line unbound-method -- it is put back as it was
    const { handle } = prototype;
    let left = times;
    prototype.handle = function broken(this: unknown, ...args: never[]): void {
      if (left > 0) {
        left--;
        throw new Error("an invariant does not hold");
      }
      handle.apply(this, args);
    };
    return {
      restore: () => {
        prototype.handle = handle;
      },
      left: () => left,
    };
  }

  /** Keeps what actors report of their failures out of the tests' output. */
  async function quietly<T>(run: () => Promise<T>): Promise<{ readonly result: T; readonly said: string }> {
    const write = process.stderr.write.bind(process.stderr);
    let said = "";
    process.stderr.write = ((text: string) => {
      said += text;
      return true;
    }) as typeof write;
    try {
      return { result: await run(), said };
    } finally {
      process.stderr.write = write;
    }
  }

  it("is replaced when it is the scheduler: futures settle, and what workers hold is not computed again", async () => {
    await using cluster = await LocalCluster.start({ workers: 2 });
    await using client = await Client.connect(cluster);
    const large = client.submit(() => new Float64Array(10_000).fill(Math.random()));
    const before = (await large)[0];
    // Longer than a heartbeat: that is how the scheduler hears that it runs.
    const slow = client.submit(pause, 3_000);
    await until("it runs", async () => (await client.explain(slow.key)).includes("running"));
    const { said } = await quietly(async () => {
      const broken = failing(SchedulerCore.prototype as never, 1);
      try {
        await until("it has failed", () => broken.left() === 0);
      } finally {
        broken.restore();
      }
      const after = client.submit(inc, 1);
      expect(await slow).to.equal(3_000);
      expect(await after).to.equal(2);
    });
    expect(said).to.include("scheduler").and.include("an invariant does not hold");
    expect(await client.submit((values: Float64Array) => values[0], large)).to.equal(before);
    expect((await client.workers()).map(({ name }) => name)).to.have.members(["w1", "w2"]);
  }).timeout(40_000);

  it("is replaced when it is a worker: its tasks run elsewhere or again", async () => {
    await using cluster = await LocalCluster.start({ workers: 2 });
    await using client = await Client.connect(cluster);
    const held = client.map((x: number) => new Uint8Array(10_000).fill(x), [1, 2, 3, 4]);
    await client.gather(held);
    await quietly(async () => {
      const broken = failing(WorkerCore.prototype as never, 1);
      try {
        await until("it has failed", () => broken.left() === 0);
      } finally {
        broken.restore();
      }
      const first = (value: Uint8Array): number => value[0]!;
      expect(await client.gather(client.map(first, held))).to.deep.equal([1, 2, 3, 4]);
      await until("it is back", async () => (await client.workers()).length === 2);
    });
  }).timeout(40_000);

  it("again and again brings the cluster down, and whoever waits is told why", async () => {
    const cluster = await LocalCluster.start({ workers: 1 });
    const client = await Client.connect(cluster);
    await client.submit(inc, 1);
    const waiting = rejection(client.submit(pause, 600_000));
    await quietly(async () => {
      const broken = failing(SchedulerCore.prototype as never, 1_000);
      try {
        const error = await waiting;
        expect(error).to.be.instanceOf(ClusterFailedError);
        expect(error.message).to.include("scheduler").and.include("an invariant does not hold");
      } finally {
        broken.restore();
      }
    });
    expect(() => client.submit(inc, 1)).to.throw(ClusterFailedError);
    expect(await rejection(cluster.connect())).to.be.instanceOf(ClusterFailedError);
    await cluster.close();
  }).timeout(60_000);
});

describe("A task of a local cluster", () => {
  const local = localCluster({ workers: 1 });

  it("that fails says where it ran and how often it was tried", async () => {
    const failing = (): never => {
      throw new RangeError("too much");
    };
    const error = (await rejection(local.client.submit(failing, { retries: 1 }))) as TaskErredError;
    expect(error.message)
      .to.include("after 2 attempts")
      .and.include("w1")
      .and.include("RangeError: too much");
  });
});
