/** The `threads` scheduler as programs meet it: in processes of their own, under tsx, compiled, and in plain JavaScript. */

import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { expect } from "chai";
import { runCommand, type Ended } from "../support/command.js";

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
  async function run(file: string, text: string, args: readonly string[] = []): Promise<Ended> {
    await writeFile(join(folder, file), text);
    return runCommand(process.execPath, [...args, file], folder, { TMPDIR: join(folder, "tmp") });
  }

  const sum = `
    const { delayed, compute, Bag } = skein;
    const inc = delayed((x) => x + 1);
    const total = await compute([inc(inc(1)), Bag.range(100, { partitions: 8 }).map((x) => x * 2).sum()], {
      scheduler: "threads",
    });
    console.log(JSON.stringify(total));
  `;

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
      console.log(JSON.stringify(await named(4).compute({ scheduler: "threads" })));`;
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
      console.log(await times(times(1)).compute({ scheduler: "threads" }));`;
    const plain = await run("uses.mjs", text("tasks.mjs"));
    expect(plain).to.deep.equal({ code: 0, stdout: "49\n", stderr: "" });
    const typed = await run("uses.ts", text("typed.ts"), ["--import", loader]);
    expect(typed).to.deep.equal({ code: 0, stdout: "49\n", stderr: "" });
  });

  it("shares one cluster among all computations, started by the first", async () => {
    const { code, stdout } = await run(
      "shared.mjs",
      `import { delayed } from "skein";
       const mark = delayed(() => (globalThis.mark ??= Math.random()));
       const options = { scheduler: "threads" };
       const marks = new Set();
       for (let i = 0; i < 50; i++) marks.add(await mark().compute(options));
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
       slow().compute({ scheduler: "threads" }).then(console.log);`,
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
       void spin().compute({ scheduler: "threads" });
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
       await delayed(() => { throw new RangeError("too far"); })().compute({ scheduler: "threads" });`,
    );
    expect(code).to.equal(1);
    expect(stderr).to.include("RangeError: too far").and.include("inline function");
  });
});
