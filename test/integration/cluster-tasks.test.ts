import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect } from "chai";
import { kernel } from "../../src/collections/kernel.js";
import { Client, compute, LocalCluster, task, type TaskErredError } from "../../src/index.js";
import { until } from "../../src/testing/until.js";
import { localCluster, rejection } from "../support/local.js";
import {
  about,
  careless,
  counting,
  fib,
  launched,
  orphaning,
  patient,
  triple,
} from "./cluster-tasks.fixture.js";

describe("Task modules on a local cluster", () => {
  const local = localCluster({ workers: 2, cancelGraceMs: 100 });
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "skein-tasks-"));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  /** A function that is known to be `name` of the module with that text, without that module being loaded here. */
  async function elsewhere(
    file: string,
    text: string,
    name: string,
  ): Promise<(...args: unknown[]) => unknown> {
    const path = join(folder, file);
    await writeFile(path, text);
    return kernel(pathToFileURL(path).href, name, (...args: unknown[]): unknown => args);
  }

  it("give tasks that use what their module has, by submit, as lazy values and in graphs", async () => {
    const { client } = local;
    expect(await client.submit(triple, 2)).to.equal(6);
    expect(await client.gather(client.map(triple, [1, 2]))).to.deep.equal([3, 6]);
    expect(await triple(triple(1)).compute({ scheduler: client })).to.equal(9);
    expect(await compute(triple(5), { scheduler: "sync" })).to.equal(15);
    expect(task(triple, 1).fn).not.to.equal(triple);
  });

  it("tell tasks about themselves", async () => {
    const future = local.client.submit(about);
    expect(await future).to.deep.equal({ key: future.key, attempt: 1, hasFence: true, aborted: false });
  });

  it("say how far they are, in events and in the progress of the computation", async () => {
    const { client } = local;
    const events = client.events("task.progress");
    const event = events.next();
    const stop = new AbortController();
    const seen: unknown[] = [];
    const computing = client.compute(counting(), {
      signal: stop.signal,
      onProgress: ({ tasks }) => seen.push(...tasks.map(({ progress }) => progress)),
    });
    const ended = rejection(computing);
    await until("its progress is told", () =>
      seen.some((each) => JSON.stringify(each) === '{"done":3,"total":10}'),
    );
    expect((await event).value).to.deep.include({ topic: "task.progress" });
    stop.abort();
    expect((await ended).name).to.equal("CancelledError");
    await events.return();
  });

  it("may be JavaScript as well as TypeScript", async () => {
    const library = JSON.stringify(new URL("../../src/index.ts", import.meta.url).href);
    const text = `import { defineTask } from ${library};
      const plus = 100;
      export const more = defineTask(import.meta.url, "more", (x) => x + plus);`;
    for (const file of ["more.mjs", "more.mts"]) {
      const more = await elsewhere(file, text, "more");
      expect(await local.client.submit(more, 1)).to.equal(101);
    }
  });

  it("that lack a task are told of by name, with what they have", async () => {
    const wrong = kernel(new URL("cluster-tasks.fixture.ts", import.meta.url).href, "tripel", () => 0);
    const error = (await rejection(local.client.submit(wrong))) as TaskErredError;
    const cause = error.cause as Error & { code?: string };
    expect(cause.code).to.equal("ERR_UNKNOWN_TASK");
    expect(cause.message).to.include('"tripel"').and.include('"triple"').and.include('"fib"');
  });

  it("that fail to load are told of with the reason, and the thread goes on", async () => {
    const broken = await elsewhere("broken.mjs", "throw new Error('no database');", "x");
    const error = (await rejection(local.client.submit(broken))) as TaskErredError;
    const cause = error.cause as Error & { code?: string };
    expect(cause.code).to.equal("ERR_TASK_MODULE");
    expect(cause.message).to.include("broken.mjs").and.include("no database");
    const missing = kernel("file:///nowhere/tasks.js", "x", () => 0);
    expect((await rejection(local.client.submit(missing))).message).to.include("file:///nowhere/tasks.js");
    const wrong = await elsewhere("wrong.mjs", "export const = 5;", "x");
    expect((await rejection(local.client.submit(wrong))).message).to.include("wrong.mjs");
    expect(await local.client.submit(triple, 1)).to.equal(3);
  });

  it("may launch tasks and wait for them, deeper than there are slots", async () => {
    const narrow = await LocalCluster.start({ workers: 1 });
    const client = await Client.connect(narrow);
    expect(await client.submit(fib, 9)).to.equal(34);
    await narrow.close();
  });

  it("may compute lazy values from inside tasks", async () => {
    expect(await local.client.submit(launched, 1)).to.deep.equal({ lazy: 3, value: 9, status: "finished" });
  });

  it("may watch their signal: it is aborted at once when the task is cancelled, and the thread lives on", async () => {
    const { client } = local;
    await client.gather([client.submit(triple, 1, { workers: ["w1"] })]);
    const before = await client.run(() => ((globalThis as { mark?: number }).mark ??= Math.random()));
    const future = client.submit(patient, new Int32Array(1), { workers: ["w1"] });
    await until("it runs", async () => (await client.explain(future.key)).includes("running"));
    future.cancel();
    await rejection(future);
    expect(await client.submit(triple, 2, { workers: ["w1"] })).to.equal(6);
    expect(await client.run(() => (globalThis as { mark?: number }).mark)).to.deep.equal(before);
  });

  it("leave nothing behind that nobody can reach, even when there is no more work", async () => {
    const idle = await LocalCluster.start({ workers: 2 });
    const client = await Client.connect(idle);
    const future = client.submit(careless, 20);
    expect(await future).to.have.length(20);
    future.release();
    const kept = async (): Promise<number> => {
      const { tasks } = await client.stats();
      return tasks;
    };
    // The engine by itself would come to it after half a minute.
    await until("all of it is forgotten", async () => (await kept()) === 0, { deadlineMs: 20_000 });
    await idle.close();
  });

  it("let go of what they launched when their thread ends", async () => {
    const { client } = local;
    const child = await client.submit(orphaning, 60_000, { workers: ["w1"] });
    await until("the child runs", async () => (await client.explain(child)).includes("running"));
    await rejection(client.submit(() => process.exit(3), { workers: ["w1"], timeoutMs: 2_000 }));
    await until("the child is forgotten", async () => (await client.explain(child)).includes("not known"));
  });
});
