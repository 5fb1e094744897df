import { fileURLToPath } from "node:url";
import { expect } from "chai";
import {
  asCompleted,
  Client,
  compute,
  delayed,
  Graph,
  InvalidArgumentError,
  InvalidKeyError,
  LocalCluster,
  persist,
  RequestRefusedError,
  TaskErredError,
  task,
  UnserializableError,
  wait,
} from "../../src/index.js";
import { until } from "../../src/testing/until.js";
import { localCluster, rejection } from "../support/local.js";
import { vague } from "./cluster-tasks.fixture.js";
import { one, two } from "./cluster-twins.fixture.js";

const inc = (x: number): number => x + 1;

/** A call whose arguments the types would not let through. */
type Loose = (...args: unknown[]) => unknown;

describe("A client that is given what it cannot use", () => {
  const local = localCluster({ workers: 1, cancelGraceMs: 100 });
  const loose = (name: "submit" | "map" | "run" | "fireAndForget" | "events"): Loose =>
    (local.client[name] as Loose).bind(local.client);

  describe("says so at once, where a message that nobody takes would never be answered", () => {
    it("for keys that are none", async () => {
      const { client } = local;
      for (const key of ["", 3, null] as string[]) {
        await expectRefused(InvalidKeyError, () => client.story(key));
        await expectRefused(InvalidKeyError, () => client.explain(key));
        expect(() => client.submit(inc, 1, { key })).to.throw(InvalidKeyError, /client\.submit\(\{ key \}\)/);
      }
      expect(() => client.submit(inc, 1, { key: "half\ud83d" })).to.throw(
        InvalidKeyError,
        /half a character/,
      );
      const graph = Graph.of({ "half\ud83d": task(inc, 1) });
      await expectRefused(InvalidKeyError, () => compute(graph, "half\ud83d", { scheduler: local.client }));
      expect(await local.client.submit(inc, 1)).to.equal(2);
    });

    it("for names that are none", async () => {
      const { client } = local;
      const future = client.submit(inc, 1);
      for (const name of ["", 3, "x".repeat(2_000)] as string[]) {
        await expectRefused(InvalidArgumentError, () => client.publish(name, future));
        await expectRefused(InvalidArgumentError, () => client.published(name));
        await expectRefused(InvalidArgumentError, () => client.unpublish(name));
        expect(() => client.events(name)).to.throw(InvalidArgumentError, /client\.events/);
      }
    });

    it("for amounts that no message carries", async () => {
      const { client } = local;
      expect(() => client.submit(inc, 1, { retries: 1e19 })).to.throw(InvalidArgumentError, /retries/);
      expect(() => client.submit(inc, 1, { timeoutMs: 1e12 })).to.throw(InvalidArgumentError, /timeoutMs/);
      const resources = JSON.parse('{"__proto__":1}') as Record<string, number>;
      expect(() => client.submit(inc, 1, { resources })).to.throw(InvalidArgumentError, /resources/);
      expect(await client.submit(inc, 1)).to.equal(2);
    });
  });

  describe("names options that it does not have", () => {
    it("of calls, where the function takes no such argument", async () => {
      expect(() => loose("submit")(inc, 1, { retires: 2 })).to.throw(
        InvalidArgumentError,
        /\{ retires \}.*retries/,
      );
      expect(() => loose("submit")(inc, 1, { retries: 2, timeout: 2 })).to.throw(
        InvalidArgumentError,
        /timeout/,
      );
      expect(() => loose("map")(inc, [1], { retires: 2 })).to.throw(InvalidArgumentError, /retires/);
      // Data that a function does take is data, whatever its names.
      const data = { retires: 2 };
      expect(await local.client.submit((x: number, y: typeof data) => x + y.retires, 1, data)).to.equal(3);
      expect(await loose("submit")((x: number, y = { retires: 5 }) => x + y.retires, 1, data)).to.equal(3);
      expect(await loose("submit")((...all: unknown[]) => all.length, 1, data)).to.equal(2);
    });

    it("of computations", async () => {
      const lazy = delayed(inc)(1);
      const wrong = { retires: 2 } as never;
      for (const call of [
        () => compute(lazy, wrong),
        () => persist(lazy, wrong),
        () => local.client.compute(lazy, wrong),
        () => local.client.persist(lazy, wrong),
      ])
        await expectRefused(InvalidArgumentError, call, /retires/);
      await expectRefused(
        InvalidArgumentError,
        () => local.client.compute(lazy, { scheduler: "sync" } as never),
        /this client is the scheduler/,
      );
    });

    it("of waiting and scattering", async () => {
      const future = local.client.submit(inc, 1);
      await expectRefused(InvalidArgumentError, () => wait([future], { timeout: 1 } as never), /timeout/);
      await expectRefused(
        InvalidArgumentError,
        () => local.client.scatter(1, { worker: [] } as never),
        /worker/,
      );
      for (const workers of [[], "w1", [3]] as never[])
        await expectRefused(InvalidArgumentError, () => local.client.scatter(1, { workers }), /workers/);
    });
  });

  it("names an argument that is not of its kind", async () => {
    const future = local.client.submit(inc, 1);
    await expectRefused(InvalidArgumentError, () => wait(future as never), /iterable/);
    expect(() => asCompleted(3 as never)).to.throw(InvalidArgumentError, /iterable/);
    expect(() => loose("fireAndForget")(3)).to.throw(InvalidArgumentError, /fireAndForget/);
    await expectRefused(InvalidArgumentError, async () => loose("run")(3), /client\.run/);
    for (const where of [undefined, null, 3]) {
      const connected = async (): Promise<Client> => Client.connect(where as never);
      await expectRefused(InvalidArgumentError, connected, /Client\.connect/);
    }
  });

  it("starts no cluster of options that are none, or that cannot be had", async () => {
    for (const options of [
      null,
      3,
      { resources: null },
      { spillDirectory: "" },
      { spillDirectory: fileURLToPath(import.meta.url) },
    ])
      await expectRefused(
        InvalidArgumentError,
        () => LocalCluster.start(options as never),
        /LocalCluster|spill/,
      );
  });

  it("takes what only looks wrong: a string to map over, futures in objects, a future of another client to gather", async () => {
    const { client, cluster } = local;
    expect(await client.gather(client.map((c: string) => c.toUpperCase(), "abc"))).to.deep.equal([
      "A",
      "B",
      "C",
    ]);
    const inside = { a: client.submit(inc, 1), list: [client.submit(inc, 2)] };
    expect(await client.submit((o: { a: number; list: number[] }) => [o.a, ...o.list], inside)).to.deep.equal(
      [2, 3],
    );
    const other = await Client.connect(cluster);
    const foreign = other.submit(inc, 1);
    expect(await client.gather({ foreign, own: client.submit(inc, 2) })).to.deep.equal({
      foreign: 2,
      own: 3,
    });
    await other.close();
  });

  it("says of a future of another cluster what could be done with it", async () => {
    await using other = await LocalCluster.start({ workers: 1 });
    await using client = await Client.connect(other);
    const error = await rejection(client.submit(inc, local.client.submit(inc, 1)));
    expect(error.message).to.match(/its cluster does not have\..* gather it/);
  });

  it("refuses with an error of its own what the cluster cannot do as it is", async () => {
    const { client } = local;
    await expectRefused(RequestRefusedError, () => client.published("nothing"), /Nothing is published/);
    for (const value of [1, new Uint8Array(10_000)])
      await expectRefused(RequestRefusedError, () => client.scatter(value, { workers: ["w9"] }), /w9/);
  });

  it("tells by which worker, and why, a function could not be run on all of them", async () => {
    const error = (await rejection(
      local.client.run(() => {
        throw new RangeError("too far");
      }),
    )) as TaskErredError;
    expect(error).to.be.instanceOf(TaskErredError);
    expect(error.worker).to.equal("w1");
    expect(error.cause).to.include({ name: "RangeError", message: "too far" });
  });

  it("has scattered when it says so", async () => {
    for (const value of [1, new Uint8Array(10_000)]) {
      const handle = await local.client.scatter(value);
      expect(handle.status).to.equal("finished");
    }
  });

  it("calls a task by the name it was defined under", () => {
    const named = delayed((x: number) => x, { name: "resize" });
    expect(local.client.submit(named, 1).key).to.match(/^resize-/);
  });

  it("gives nothing away once it is closed", async () => {
    const client = await Client.connect(local.cluster);
    const future = client.submit(inc, 1);
    await future;
    await client.close();
    expect((await rejection(client.scatter(1))).message).to.match(/closed/);
    expect((await rejection(client.compute(delayed(inc)(1)))).message).to.match(/closed/);
    expect(() => client.fireAndForget(future)).to.throw(/closed/);
  });
});

describe("A task that gives or throws what has no good form", () => {
  const local = localCluster({ workers: 1 });

  it("fails with its place, where nothing of the value would arrive", async () => {
    const { client } = local;
    const results: (() => unknown)[] = [
      () => ({ body: new Response("text") }),
      () => [new Blob(["text"])],
      () => (function* () {})(),
      async () => (await import("node:stream")).Readable.from(["text"]),
    ];
    for (const give of results) {
      const error = (await rejection(client.submit(give))) as TaskErredError;
      expect(error.cause).to.include({ name: "UnserializableError" });
      expect(error.message).to.match(/a value of type [A-Z]\w+ cannot be sent/);
    }
    expect(() => client.submit((x: unknown) => x, { q: new URLSearchParams("a=b") })).to.throw(
      UnserializableError,
      /\[0\]\.q/,
    );
    const wrapped = { lazy: delayed(inc)(1) };
    expect(() => client.submit((x: unknown) => x, new Map([["a", wrapped]]))).to.throw(
      UnserializableError,
      /Lazy/,
    );
  });

  it("keeps -0 apart from 0 inside maps and sets, also in those that are inside themselves", async () => {
    const map = new Map<unknown, unknown>([["zero", [-0]]]);
    map.set("self", map);
    const back = await local.client.submit((x: Map<unknown, unknown>) => x, map);
    expect(Object.is((back.get("zero") as number[])[0], -0)).to.equal(true);
    expect(back.get("self")).to.equal(back);
  });

  it("fails once with an error that cannot be read, and ends no thread", async () => {
    const error = (await rejection(
      local.client.submit(() => {
        const thrown = new Error("hidden");
        Object.defineProperty(thrown, "message", {
          get() {
            throw new Error("not you");
          },
        });
        throw thrown;
      }),
    )) as TaskErredError;
    expect(error).to.be.instanceOf(TaskErredError);
    expect(error.attempts).to.equal(1);
  });

  it("is told by what it threw: an object's own data, the first of several errors", async () => {
    const object = (): never => {
      throw { code: "E_X", at: 3 } as unknown as Error;
    };
    expect((await rejection(local.client.submit(object))).message).to.match(
      /it threw \{"code":"E_X","at":3\}/,
    );
    const several = (): never => {
      throw new AggregateError([new Error("the first"), new Error("the second")], "both failed");
    };
    const { cause } = (await rejection(local.client.submit(several))) as TaskErredError;
    expect((cause as Error).cause).to.include({ message: "the first" });
  });

  it("may say only with numbers how far it is", async () => {
    const error = await rejection(local.client.submit(vague));
    expect(error.message).to.match(/progress\(done, total\): done is the number NaN/);
    expect((await rejection(vague().compute({ scheduler: "sync" }))).message).to.match(
      /done is the number NaN/,
    );
  });

  it("is refused with its module, when another task there has its name", async () => {
    for (const twin of [one, two])
      expect((await rejection(local.client.submit(twin))).message).to.match(/two tasks named "twin"/);
  });
});

describe("A thread that ends while it runs nothing", () => {
  const local = localCluster({ workers: 1 });

  it("is said to, with the reason", async () => {
    let written = "";
    const write = process.stderr.write.bind(process.stderr);
    process.stderr.write = ((text: string) => {
      written += text;
      return true;
    }) as typeof process.stderr.write;
    try {
      const leaving = (): void =>
        void setTimeout(() => {
          throw new Error("after the end");
        }, 1);
      await local.client.submit(leaving);
      await until("it is said", () => written.includes("after the end"));
    } finally {
      process.stderr.write = write;
    }
    expect(written).to.match(/^warn w1: the thread was brought down by Error: after the end/m);
  });
});

async function expectRefused(
  type: new (...args: never[]) => Error,
  call: () => PromiseLike<unknown>,
  message = /./,
): Promise<void> {
  const error = await rejection(Promise.resolve().then(call));
  expect(error, error.stack).to.be.instanceOf(type);
  expect(error.message).to.match(message);
}
