/** Which functions workers run, and what clients and logs are told of those they do not. */

import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect } from "chai";
import { Client, defineTask, TaskErredError, type Future } from "../../src/index.js";
import { until } from "../../src/testing/until.js";
import { sharedNats } from "../support/brokers/nats-server.js";
import { Scratch } from "../support/cli.js";
import { rejection } from "../support/local.js";
import { SkeinProcess } from "../support/skein-process.js";

const twice = (factor: string): string => `
  import { defineTask } from "skein";
  export const twice = defineTask(import.meta.url, "twice", (x) => ${factor} * x);
  export const thrice = defineTask(import.meta.url, "thrice", (x) => 3 * x);
`;
const files = {
  "client/numbers.mjs": twice("2"),
  // What was rolled out is another version.
  "worker/numbers.mjs": twice("(1 + 1)"),
  "client/shapes.ts": `
    import { defineTask } from "skein";
    export const area = defineTask(import.meta.url, "area", (side: number): number => side * side);
  `,
  "worker/shapes.js": `
    import { defineTask } from "skein";
    export const area = defineTask(import.meta.url, "area", (side) => side * side);
  `,
  "worker/broken.mjs": `throw new Error("the licence file is missing");`,
  "worker/package.json": `{ "type": "module" }`,
};

describe("What a worker on a bus runs", function () {
  this.timeout(60_000);
  const cluster = `functions-${process.pid}`;
  const workers = new Map<string, SkeinProcess>();
  let scratch: Scratch;
  let scheduler: SkeinProcess;
  let client: Client;

  before(async () => {
    const { url } = await sharedNats();
    scratch = await Scratch.with(files);
    const place = ["--bus", url, "--cluster", cluster];
    const start = (name: string, role: string, ...args: string[]): Promise<SkeinProcess> =>
      SkeinProcess.start([role, ...place, ...args], scratch.path(`${name}.log`), (log) =>
        log.some(({ msg }) => msg === "runs" || msg.startsWith("leads")),
      );
    scheduler = await start("scheduler", "scheduler");
    const tasks = (...names: string[]): string[] =>
      names.flatMap((name) => ["--tasks", scratch.path(`worker/${name}`)]);
    const flags = {
      plain: tasks("numbers.mjs", "shapes.js"),
      strict: [...tasks("numbers.mjs"), "--strict-modules"],
      broken: tasks("broken.mjs"),
      open: ["--allow-inline"],
    };
    await Promise.all(
      Object.entries(flags).map(async ([name, own]) => {
        workers.set(name, await start(name, "worker", "--name", name, "--threads", "1", ...own));
      }),
    );
    client = await Client.connect({ bus: url, cluster });
    await until("all are there", async () => (await client.workers()).length === 4);
  });
  after(async () => {
    await client.close();
    for (const each of workers.values()) await each.kill();
    await scheduler.kill();
    await scratch.remove();
  });

  /** A task of the client's copy of a module, which the test itself does not load. */
  function submit(worker: string, file: string, name: string, x: number): Future<number> {
    const module = pathToFileURL(join(scratch.folder, "client", file)).href;
    const fn = defineTask(module, name, (given: number): number => {
      throw new Error(`it ran at the client, with ${given}`);
    });
    return client.submit(fn, x, { workers: [worker], pure: false });
  }

  /** Why a task failed, and how often it was tried. */
  async function causeOf(future: PromiseLike<unknown>): Promise<{ code: string; message: string }> {
    const error = await rejection(future);
    expect(error).to.be.instanceOf(TaskErredError);
    const { cause, attempts } = error as TaskErredError;
    expect(attempts).to.equal(1);
    return cause as Error & { code: string };
  }

  it("is no function that travels as source, unless it was allowed to", async () => {
    const add = (x: number): number => x + 1;
    expect(await client.submit(add, 1, { workers: ["open"] })).to.equal(2);
    const { code, message } = await causeOf(client.submit(add, 1, { workers: ["plain"], pure: false }));
    expect(code).to.equal("ERR_INLINE_REFUSED");
    expect(message)
      .to.include('The function "add" travels as source')
      .and.include("Define it with defineTask in a module that the worker loads (--tasks)")
      .and.include("--allow-inline");
  });

  it("is its own copy of a module, and where that differs from the client's the log says so, once", async () => {
    expect(await submit("plain", "numbers.mjs", "twice", 21)).to.equal(42);
    expect(await submit("plain", "numbers.mjs", "thrice", 2)).to.equal(6);
    const warnings = (): number =>
      workers.get("plain")?.log.filter(({ msg }) => /numbers\.mjs.*differs/.test(msg)).length ?? 0;
    await until("it is said", () => warnings() > 0, { story: () => workers.get("plain")?.tail() ?? "" });
    expect(warnings()).to.equal(1);
  });

  it("is no other copy than the client's, where that was asked for", async () => {
    const { code, message } = await causeOf(submit("strict", "numbers.mjs", "twice", 21));
    expect(code).to.equal("ERR_MODULE_MISMATCH");
    expect(message).to.include("numbers.mjs").and.include("differs");
  });

  it("is no task that its modules do not have; the client is told which they have", async () => {
    const { code, message } = await causeOf(submit("plain", "numbers.mjs", "fourfold", 1));
    expect(code).to.equal("ERR_UNKNOWN_TASK");
    expect(message)
      .to.include('no task "fourfold"')
      .and.match(/has .*"thrice".*"twice"|has .*"twice".*"thrice"/);
    const elsewhere = await causeOf(submit("strict", "shapes.ts", "area", 3));
    expect(elsewhere.message).to.include('no task "area"').and.include('"twice"');
  });

  it("is nothing of a module that cannot be loaded; the client is told why, and the worker stays", async () => {
    const { code, message } = await causeOf(submit("broken", "numbers.mjs", "twice", 1));
    expect(code).to.equal("ERR_TASK_MODULE");
    expect(message).to.include("worker/broken.mjs").and.include("the licence file is missing");
    expect((await client.workers()).map(({ name }) => name)).to.include("broken");
  });

  it("is a module that was compiled, for a client that has its source", async () => {
    expect(await submit("plain", "shapes.ts", "area", 7)).to.equal(49);
    expect(workers.get("plain")?.log.filter(({ msg }) => /shapes.*differs/.test(msg))).to.deep.equal([]);
  });
});
