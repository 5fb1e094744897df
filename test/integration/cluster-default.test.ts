/** The `threads` scheduler as programs meet it: in processes of their own, under tsx, compiled, and in plain JavaScript. */

import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { expect } from "chai";
import { runCommand, runNode, type Ended } from "../support/command.js";

const root = resolve(import.meta.dirname, "../..");
const loader = pathToFileURL(join(root, "node_modules/tsx/dist/loader.mjs")).href;

describe("The threads scheduler", function () {
  this.timeout(60_000);
  let folder = "";

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "skein-default-"));
    await mkdir(join(folder, "node_modules"));
    await mkdir(join(folder, "tmp"));
    await symlink(root, join(folder, "node_modules/skein"));
    await writeFile(join(folder, "package.json"), '{ "type": "module" }');
  });
  after(() => rm(folder, { recursive: true, force: true }));

  /** Runs a program that imports `skein` in a folder of its own, with a temporary folder of its own. */
  async function run(
    file: string,
    text: string,
    args: readonly string[] = [],
    env: Readonly<Record<string, string>> = {},
  ): Promise<Ended> {
    await writeFile(join(folder, file), text);
    return runCommand(process.execPath, [...args, file], folder, { TMPDIR: join(folder, "tmp"), ...env });
  }

  const sum = `
    const { delayed, compute, Bag } = skein;
    const inc = delayed((x) => x + 1);
    const total = await compute([inc(inc(1)), Bag.range(100, { partitions: 8 }).map((x) => x * 2).sum()]);
    console.log(JSON.stringify(total));
  `;

  /** Prints which thread a task runs in; only the main thread has no name of a worker. */
  const where = `
    const { delayed, setScheduler } = skein;
    const isMain = delayed(async () => (await import("node:worker_threads")).isMainThread);
    console.log(await isMain().compute());`;

  it("computes unless the call, the program or the environment names another", async () => {
    const text = `import * as skein from "skein"; ${where}
      console.log(await isMain().compute({ scheduler: "sync" }));
      setScheduler("sync");
      console.log(await isMain().compute(), await isMain().compute({ scheduler: "threads" }));
      setScheduler(undefined);
      console.log(await isMain().compute());`;
    const { stdout, stderr } = await run("where.mjs", text);
    expect({ stdout, stderr }).to.deep.equal({ stdout: "false\ntrue\ntrue false\nfalse\n", stderr: "" });
    const named = await run("where.mjs", text, [], { SKEIN_SCHEDULER: "sync" });
    expect(named.stdout).to.equal("true\ntrue\ntrue false\ntrue\n");
  });

  it("refuses a function that captures, naming the variables and both remedies; another scheduler runs it", async () => {
    const { code, stdout } = await run(
      "captures.mjs",
      `import { CapturedVariableError, delayed } from "skein";
       let rate = 2; const taxed = delayed((x) => x * rate++ + (globalThis.unset ?? 0));
       const error = await taxed(1).compute().catch((reason) => reason);
       console.log(error instanceof CapturedVariableError, error.code, error.variables, error.message);
       console.log(/at .*captures\\.mjs/.test(error.stack), await taxed(1).compute({ scheduler: "sync" }), rate);`,
    );
    expect(code).to.equal(0);
    expect(stdout)
      .to.include("true ERR_CAPTURED_VARIABLE [ 'rate' ]")
      .and.include("Pass `rate` as an argument")
      .and.include("task module with defineTask")
      .and.match(/true 2 3\n$/);
  });

  it("tells of a task's error by key, name, message and attempts, with the task's stack and the caller's", async () => {
    const { stdout } = await run(
      "erred.mjs",
      `import { delayed, TaskErredError } from "skein";
       const bad = delayed(function bad(x) { throw Object.assign(new RangeError("no " + x), { code: "E_NO" }); });
       const lazy = bad(1);
       const error = await lazy.compute({ retries: 2 }).catch((reason) => reason);
       const { cause } = error;
       console.log(JSON.stringify([error instanceof TaskErredError, error.key === lazy.key, error.attempts, cause.name, cause.message, cause.code]));
       console.log(JSON.stringify([/at bad .*inline function/.test(cause.stack), /thread-loop/.test(cause.stack), /erred.mjs:4/.test(error.stack)]));`,
    );
    expect(stdout).to.equal('[true,true,3,"RangeError","no 1","E_NO"]\n[true,false,true]\n');
  });

  it("prints what tasks print before their results are there, all of it, in a program that ends at once", async () => {
    const { code, stdout, stderr } = await run(
      "prints.mjs",
      `import { delayed } from "skein";
       const talk = delayed((n) => {
         for (let i = 0; i < n; i++) console.log("line", i);
         process.stdout.write(Buffer.from("bytes "));
         process.stdout.write("746578740a", "hex");
         console.error("to stderr");
       });
       await talk(3_000).compute();
       console.log("end");`,
    );
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "to stderr\n" });
    const lines = stdout.split("\n");
    expect(lines).to.have.lengthOf(3_003);
    expect(lines.slice(2_998)).to.deep.equal(["line 2998", "line 2999", "bytes text", "end", ""]);
  });

  it("has as many threads as the environment says", async () => {
    const { stdout } = await run(
      "workers.mjs",
      `import { compute, delayed } from "skein";
       const thread = delayed(async () => {
         const { threadId } = await import("node:worker_threads");
         return new Promise((resolve) => setTimeout(() => resolve(threadId), 100));
       });
       const ids = await compute(Array.from({ length: 9 }, () => thread()));
       console.log(new Set(ids).size);`,
      [],
      { SKEIN_WORKERS: "3", SKEIN_CONCURRENCY: "1" },
    );
    expect(stdout).to.equal("3\n");
  });

  it("shows tasks the arguments of the program", async () => {
    await writeFile(
      join(folder, "argv.mjs"),
      `import { delayed } from "skein";
       console.log(JSON.stringify(await delayed(() => process.argv.slice(2))().compute()));`,
    );
    const args = ["argv.mjs", "one", "--two"];
    expect((await runCommand(process.execPath, args, folder)).stdout).to.equal('["one","--two"]\n');
  });

  it("keeps what is persisted on its workers, for later computations and for other schedulers", async () => {
    const { code, stdout } = await run(
      "persists.mjs",
      `import { Bag, delayed, persist } from "skein";
       const once = await persist(delayed(() => Math.random())());
       const bag = await Bag.range(10, { partitions: 3 }).map((x) => x + Math.random()).persist();
       console.log((await once.compute()) === (await once.compute()));
       console.log((await bag.sum().compute()) === (await bag.sum().compute({ scheduler: "sync" })));`,
    );
    expect({ code, stdout }).to.deep.equal({ code: 0, stdout: "true\ntrue\n" });
  });

  it("stops what is aborted, tasks that never look up included, and tells the reason", async () => {
    const { code, stdout } = await run(
      "aborts.mjs",
      `import { delayed } from "skein";
       const spin = delayed(() => { console.log("started"); for (;;); });
       const abort = new AbortController();
       const spinning = spin().compute({ signal: abort.signal, onProgress: ({ tasks }) => { if (tasks.length > 0) abort.abort(new Error("enough")); } });
       const error = await spinning.catch((reason) => reason);
       console.log(error.code, error.cause.message, await delayed(() => "next")().compute());`,
    );
    expect({ code, stdout }).to.deep.equal({ code: 0, stdout: "started\nERR_CANCELLED enough next\n" });
  });

  it("computes in compiled form, and lets the program end by itself", async () => {
    const { code, stdout, stderr } = await run("plain.mjs", `import * as skein from "skein"; ${sum}`);
    expect({ code, stdout, stderr }).to.deep.equal({ code: 0, stdout: "[3,9900]\n", stderr: "" });
  });

  it("computes from source under tsx, in TypeScript", async () => {
    const source = JSON.stringify(pathToFileURL(join(root, "src/index.ts")).href);
    const text = `import * as skein from ${source}; const used: number = 1; void used; ${sum}`;
    const { code, stdout, stderr } = await run("source.ts", text, ["--import", loader]);
    expect({ code, stdout, stderr }).to.deep.equal({ code: 0, stdout: "[3,9900]\n", stderr: "" });
  });

  it("runs inline functions with helpers that compilers inject", async () => {
    const text = `import { delayed } from "skein";
      const named = delayed((x: number) => { const twice = (y: number): number => y * 2; class Box { value = twice(x); } return [twice.name, new Box().value]; });
      console.log(JSON.stringify(await named(4).compute()));`;
    const { code, stdout, stderr } = await run("helpers.ts", text, ["--import", loader]);
    expect({ code, stdout, stderr }).to.deep.equal({ code: 0, stdout: '["twice",8]\n', stderr: "" });
  });

  it("runs the tasks of a module in plain JavaScript and of one in TypeScript", async () => {
    const module = (type: string): string => `import { defineTask } from "skein";
      const factor${type} = 7;
      export const times = defineTask(import.meta.url, "times", (x${type}) => x * factor);`;
    await writeFile(join(folder, "tasks.mjs"), module(""));
    await writeFile(join(folder, "typed.ts"), module(": number"));
    const text = (file: string): string => `import { times } from "./${file}";
      console.log(await times(times(1)).compute());`;
    const plain = await run("uses.mjs", text("tasks.mjs"));
    expect(plain).to.deep.equal({ code: 0, stdout: "49\n", stderr: "" });
    const typed = await run("uses.ts", text("typed.ts"), ["--import", loader]);
    expect(typed).to.deep.equal({ code: 0, stdout: "49\n", stderr: "" });
  });

  const typedTasks = `import { currentTask, defineTask } from "skein";
    const factor: number = 7;
    export const times = defineTask(import.meta.url, "times", (x: number) => x * factor * currentTask().attempt);`;

  it("runs the tasks of modules that lie where nothing is installed, for a job that is run there", async () => {
    const place = await mkdtemp(join(tmpdir(), "skein-nowhere-"));
    const job = `import { times } from "./tasks.ts";
      import { half } from "./plain.mjs";
      console.log(await half(times(6)).compute());`;
    await writeFile(join(place, "tasks.ts"), typedTasks);
    await writeFile(
      join(place, "plain.mjs"),
      `import { defineTask } from "skein"; const two = 2;
       export const half = defineTask(import.meta.url, "half", (x) => x / two);`,
    );
    await writeFile(join(place, "job.ts"), job);
    const ended = await runNode([join(root, "dist/cli/main.js"), "run", "job.ts"], place);
    await rm(place, { recursive: true });
    expect(ended).to.deep.equal({ code: 0, stdout: "21\n", stderr: "" });
  });

  it("runs the tasks of modules in packages that do not say what modules they have", async () => {
    const place = await mkdtemp(join(folder, "untyped-"));
    await writeFile(join(place, "package.json"), "{}");
    await writeFile(join(place, "tasks.ts"), typedTasks);
    const text = `import { times } from "./tasks.ts"; void times(3).compute().then(console.log);`;
    await writeFile(join(place, "job.ts"), text);
    const loaded = await runNode(["--import", loader, "job.ts"], place);
    expect(loaded).to.deep.equal({ code: 0, stdout: "21\n", stderr: "" });
    const run = await runNode([join(root, "dist/cli/main.js"), "run", "job.ts"], place);
    expect(run).to.deep.equal({ code: 0, stdout: "21\n", stderr: "" });
  });

  it("runs the tasks of CommonJS modules", async () => {
    const place = await mkdtemp(join(folder, "commonjs-"));
    await writeFile(join(place, "package.json"), '{ "type": "commonjs" }');
    await writeFile(
      join(place, "tasks.ts"),
      `import { defineTask } from "skein"; const factor: number = 7;
       export const times = defineTask(import.meta.url, "times", (x: number) => x * factor);`,
    );
    const text = `import { times } from "./tasks"; void times(3).compute().then(console.log);`;
    await writeFile(join(place, "job.ts"), text);
    const loaded = await runNode(["--import", loader, "job.ts"], place);
    expect(loaded).to.deep.equal({ code: 0, stdout: "21\n", stderr: "" });
  });

  it("computes for a task on the cluster that runs it, however deep", async () => {
    await writeFile(
      join(folder, "recursive.mjs"),
      `import { compute, defineTask } from "skein";
       export const fib = defineTask(import.meta.url, "fib", async (n) => {
         if (n < 2) return n;
         const [a, b] = await compute(fib(n - 1), fib(n - 2));
         return a + b;
       });`,
    );
    const ended = await run(
      "fib.mjs",
      `import { fib } from "./recursive.mjs"; console.log(await fib(7).compute());`,
    );
    expect(ended).to.deep.equal({ code: 0, stdout: "13\n", stderr: "" });
  });

  it("refuses a module that computes while a thread loads it for its tasks, instead of starting threads for ever", async () => {
    const { code, stderr } = await run(
      "both.mjs",
      `import { defineTask } from "skein"; const two = 2;
       export const double = defineTask(import.meta.url, "double", (x) => x * two);
       await double(1).compute();`,
    );
    expect(code).to.equal(1);
    expect(stderr)
      .to.include("a module computes in a thread that has loaded it for its tasks")
      .and.include("Put the tasks into a module of their own");
  });

  it("shares one cluster among all computations, started by the first", async () => {
    const { code, stdout } = await run(
      "shared.mjs",
      `import { delayed } from "skein";
       const mark = delayed(() => (globalThis.mark ??= Math.random()));
       const marks = new Set();
       for (let i = 0; i < 50; i++) marks.add(await mark().compute());
       const { availableParallelism } = await import("node:os");
       console.log(marks.size >= 1 && marks.size <= availableParallelism());`,
    );
    expect({ code, stdout }).to.deep.equal({ code: 0, stdout: "true\n" });
  });

  it("keeps no finished program alive, though tasks still run or wait", async () => {
    const { code, stdout } = await run(
      "idle.mjs",
      `import { Client, LocalCluster } from "skein";
       const cluster = await LocalCluster.start({ workers: 2 });
       const client = await Client.connect(cluster);
       console.log(await client.submit((x) => x + 1, 1));
       globalThis.held = client.submit(() => new Promise((resolve) => setTimeout(resolve, 60_000)));
       await client.workers();
       client.events("*").next();`,
    );
    expect({ code, stdout }).to.deep.equal({ code: 0, stdout: "2\n" });
  });

  it("keeps a program alive while somebody waits for a result", async () => {
    const { code, stdout } = await run(
      "waits.mjs",
      `import { delayed } from "skein";
       const slow = delayed(() => new Promise((resolve) => setTimeout(() => resolve("slept"), 500)));
       slow().compute().then(console.log);`,
    );
    expect({ code, stdout }).to.deep.equal({ code: 0, stdout: "slept\n" });
  });

  it("leaves no file behind, though values were on disk and nothing was closed", async () => {
    const { code, stdout } = await run(
      "spills.mjs",
      `import { readdirSync } from "node:fs";
       import { tmpdir } from "node:os";
       import { LocalCluster, wait } from "skein";
       const cluster = await LocalCluster.start({ workers: 1, memoryLimit: "16MB" });
       const client = await cluster.connect();
       globalThis.held = client.map((i) => new Uint8Array(3_000_000).fill(i), Array.from({ length: 10 }, (_, i) => i));
       await wait(held);
       console.log(readdirSync(tmpdir()).some((name) => name.startsWith("skein-spill-")));`,
    );
    expect({ code, stdout }).to.deep.equal({ code: 0, stdout: "true\n" });
    const left = await readdir(join(folder, "tmp"));
    expect(left.filter((name) => name.startsWith("skein-"))).to.deep.equal([]);
  });

  it("ends with the process that is told to exit in the middle of it all", async () => {
    const { code } = await run(
      "exits.mjs",
      `import { delayed } from "skein";
       const spin = delayed(() => { for (;;); });
       void spin().compute();
       setTimeout(() => process.exit(5), 400);`,
    );
    expect(code).to.equal(5);
  });

  it("gives for the main job what the sync scheduler gives", async () => {
    const reports: unknown[] = [];
    for (const scheduler of ["threads", "sync"]) {
      const place = join(folder, scheduler);
      await mkdir(place);
      const job = [join(root, "dist/cli/main.js"), "run", join(root, "examples/flights.ts")];
      const ended = await runCommand(process.execPath, job, place, { SKEIN_SCHEDULER: scheduler });
      expect(ended.code, ended.stderr).to.equal(0);
      reports.push([ended.stdout, JSON.parse(await readFile(join(place, "out/flights.json"), "utf8"))]);
    }
    expect(reports[0]).to.deep.equal(reports[1]);
  }).timeout(200_000);

  it("is told of as a failed job's error, with the task's own stack", async () => {
    const { code, stderr } = await run(
      "fails.mjs",
      `import { delayed } from "skein";
       await delayed(() => { throw new RangeError("too far"); })().compute();`,
    );
    expect(code).to.equal(1);
    expect(stderr).to.include("RangeError: too far").and.include("inline function");
  });
});
