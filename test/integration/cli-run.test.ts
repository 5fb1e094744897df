import { expect } from "chai";
import { Scratch } from "../support/cli.js";

const job = `
import { compute, delayed } from "skein";
import { double } from "./lib";

const inc = delayed((x: number) => x + 1, { name: "inc" });
const check = delayed(function check(x: number): number {
  if (process.argv.includes("fail")) throw new RangeError("x is " + x);
  return x;
}, { name: "check" });

console.log(JSON.stringify(process.argv.slice(2)), process.argv[1] === import.meta.filename);
console.log(await compute(check(inc(1)), [double(2), inc(3)]));
`;

const files = {
  "job.ts": job,
  "lib.ts": 'import { delayed } from "skein";\nexport const double = delayed((x: number) => x * 2);\n',
  "plain.mjs":
    'import { delayed } from "skein";\nexport default { sum: delayed((a, b) => a + b)(1, 2), n: 1n };\n',
  "main.js":
    'import { delayed } from "skein";\nexport default async (...args) => delayed((n) => n * 2)(Number(args[0]));\n',
  "graph.ts":
    'import { Graph, ref, task } from "skein";\nexport default Graph.of({ x: 1, y: task((x: number) => x + 1, ref("x")) });\n',
  "broken.ts": "const a = 1;\nconst b = ;\n",
  "broken.mjs": "const a = 1;\nconst b = ;\n",
  "imports-broken.ts": 'import { b } from "./broken.mjs";\nconsole.log(b);\n',
  "no-export.mjs": 'import { nothing } from "./plain.mjs";\nnothing();\n',
  "no-package.ts": 'import { x } from "not-installed";\nconsole.log(x);\n',
  "throws.ts":
    'interface Filler {}\nfunction read(): never {\n  throw new Error("no input", { cause: new TypeError("why") });\n}\nread();\n',
  "waits.ts": "await new Promise(() => {});\n",
  "late.ts": 'setTimeout(() => {}, 60_000);\nvoid Promise.reject(new Error("nobody listens"));\n',
  "captures.ts":
    'import { delayed } from "skein";\nlet y = 1;\nconst plusY = (x: number) => x + y++;\nawait delayed(plusY)(1).compute();\n',
  "cycle.ts":
    'import { Graph, compute, ref, task } from "skein";\nconst id = (x: unknown) => x;\nawait compute(Graph.of({ a: task(id, ref("b")), b: task(id, ref("a")) }), ["a"]);\n',
  "talks.ts": 'for (let i = 0; i < 100_000; i++) console.log("line", i);\nexport default "x";\n',
  "commonjs/package.json": '{ "type": "commonjs" }',
  "commonjs/job.ts": "console.log(typeof module, typeof require);\n",
};

describe("skein run", function () {
  this.timeout(60_000);
  let scratch: Scratch;

  before(async () => {
    scratch = await Scratch.with(files);
  });

  after(() => scratch.remove());

  it("runs a TypeScript job from a folder where nothing is installed, with the rest of its arguments", async () => {
    const outcome = await scratch.run(["run", "job.ts", "one", "--two", "--progress", "three"]);
    expect(outcome).to.deep.equal({
      code: 0,
      stdout: '["one","--two","three"] true\n[ 2, [ 4, 4 ] ]\n',
      stderr: "",
    });
  });

  it("leaves the job everything behind --", async () => {
    const { stdout } = await scratch.run(["run", "job.ts", "--", "--progress", "--retries", "2"]);
    expect(stdout).to.match(/^\["--progress","--retries","2"\]/);
  });

  it("computes and shows lazy values that the job exports as its default", async () => {
    const { code, stdout } = await scratch.run(["run", "plain.mjs"]);
    expect([code, stdout]).to.deep.equal([0, "{ sum: 3, n: 1n }\n"]);
  });

  it("prints them as JSON when asked to", async () => {
    const { stdout } = await scratch.run(["run", "plain.mjs", "--json"]);
    expect(JSON.parse(stdout)).to.deep.equal({ sum: 3, n: "1" });
  });

  it("calls a function that is the default export with the job's arguments, and computes what it gives", async () => {
    const { code, stdout } = await scratch.run(["run", "main.js", "21"]);
    expect([code, stdout]).to.deep.equal([0, "42\n"]);
  });

  it("computes of an exported graph what nothing else in it needs", async () => {
    const { stdout } = await scratch.run(["run", "graph.ts"]);
    expect(stdout).to.equal("{ y: 2 }\n");
  });

  it("leaves a job CommonJS where its package says so", async () => {
    const { code, stdout } = await scratch.run(["run", "commonjs/job.ts"]);
    expect([code, stdout]).to.deep.equal([0, "object function\n"]);
  });

  it("takes settings from flags, which win over the environment", async () => {
    const flags = ["--retries", "1", "--concurrency", "2", "--no-optimize", "--scheduler", "sync"];
    const { code, stderr } = await scratch.run(["run", "job.ts", "fail", ...flags], {
      env: { SKEIN_RETRIES: "9" },
    });
    expect(code).to.equal(1);
    expect(stderr).to.match(/Task "check-[\w-]+" failed after 2 attempts: RangeError: x is 2/);
  });

  describe("when the job fails", () => {
    it("exits with 1 and prints the error once, with the task's key and the lines of the job", async () => {
      const { code, stderr } = await scratch.run(["run", "job.ts", "fail", "--scheduler", "sync"]);
      expect(code).to.equal(1);
      expect(stderr).to.match(
        /^skein: Task "check-[\w-]+" failed: RangeError: x is 2\n {4}at .*check.* \(job\.ts:7:\d+\)\n {4}at .*job\.ts:12:\d+\)?\n$/,
      );
    });

    it("does so on threads, where the task's function came as its source", async () => {
      const { code, stderr } = await scratch.run(["run", "job.ts", "fail"]);
      expect(code).to.equal(1);
      expect(stderr).to.match(
        /^skein: Task "check-[\w-]+" failed on w\d+: RangeError: x is 2\n {4}at .*check.* \(inline function:\d+:\d+\)\n {4}at .*job\.ts:12:\d+\)?\n$/,
      );
    });

    it("names the variables that a function captures, and the line that computes it", async () => {
      const { code, stderr } = await scratch.run(["run", "captures.ts"]);
      expect(code).to.equal(1);
      expect(stderr).to.match(
        /^skein: The function plusY uses `y` from outside itself.*Pass `y` as an argument, or .* defineTask\.\n {4}at .*captures\.ts:4:\d+\)?\n$/,
      );
    });

    it("prints everything when asked to", async () => {
      const failing = ["run", "job.ts", "fail", "--verbose", "--scheduler"];
      const { stderr } = await scratch.run([...failing, "sync"]);
      expect(stderr).to.include("[cause]: RangeError: x is 2").and.to.include("/executor/sync");
      const onThreads = await scratch.run([...failing, "threads"]);
      expect(onThreads.stderr)
        .to.match(/\[cause\]: .*RangeError\]?: x is 2/)
        .and.to.include("/client/compute");
    });

    it("prints the error as JSON when asked to", async () => {
      const { code, stderr } = await scratch.run(["run", "job.ts", "fail", "--json"]);
      const { error } = JSON.parse(stderr) as { error: Record<string, unknown> };
      expect(code).to.equal(1);
      expect(error).to.include({ name: "TaskErredError", code: "ERR_TASK_ERRED", attempts: 1 });
      expect(error["cause"]).to.deep.include({ name: "RangeError", message: "x is 2" });
    });

    it("by throwing itself: shows where, and the causes", async () => {
      const { code, stderr } = await scratch.run(["run", "throws.ts"]);
      expect(code).to.equal(1);
      const places = / {4}at read \(throws\.ts:3:\d+\)\n {4}at throws\.ts:5:\d+\n/.source;
      expect(stderr).to.match(
        new RegExp(`^skein: Error: no input\\n${places}caused by TypeError: why\\n${places}$`),
      );
    });

    it("by a cycle: names its keys", async () => {
      const { code, stderr } = await scratch.run(["run", "cycle.ts"]);
      expect(code).to.equal(1);
      expect(stderr)
        .to.match(/The graph has a cycle: "[ab]" → "[ab]" → "[ab]"/)
        .and.to.include("cycle.ts:3");
    });

    it("by a rejection that nobody handles", async () => {
      const { code, stderr } = await scratch.run(["run", "late.ts"]);
      expect([code, stderr]).to.deep.equal([1, "skein: Error: nobody listens\n    at late.ts:2:21\n"]);
    });

    it("by waiting for what can never happen", async () => {
      const { code, stderr } = await scratch.run(["run", "waits.ts"]);
      expect(code).to.equal(1);
      expect(stderr).to.include("waits for something that can no longer happen");
    });
  });

  describe("exits with 2, and says what was tried and what to try,", () => {
    const cases: [what: string, args: string[], message: string, env?: Record<string, string>][] = [
      ["when the file does not exist", ["jbo.ts"], "jbo.ts: there is no such file. Did you mean job.ts?"],
      ["when its ending is missing", ["job"], "job: there is no such file. Did you mean job.ts?"],
      ["when no file is like it", ["zebra-crossing.ts"], "there is no such file. Looked in "],
      [
        "when it is a folder",
        ["commonjs"],
        "commonjs: is a folder. Name a file in it. There is commonjs/job.ts.",
      ],
      ["when TypeScript does not compile", ["broken.ts"], 'broken.ts:2:11: does not compile: Unexpected ";"'],
      [
        "when JavaScript does not compile",
        ["broken.mjs"],
        "broken.mjs:2:11: does not compile: Unexpected token ';'",
      ],
      ["when a file it imports does not compile", ["imports-broken.ts"], "broken.mjs:2:11: does not compile"],
      [
        "when it imports what is not exported",
        ["no-export.mjs"],
        "no-export.mjs:1: does not compile: The requested",
      ],
      [
        "when it imports what is not installed",
        ["no-package.ts"],
        "no-package.ts: cannot be loaded: Cannot find package 'not-installed'. Install",
      ],
      [
        "when an option before the job is unknown",
        ["--progres", "job.ts"],
        "there is no option --progres. Did you mean --progress?",
      ],
      [
        "when an option has no sense",
        ["job.ts", "--concurrency", "many"],
        'concurrency (--concurrency): got "many". Give a whole number from 1',
      ],
      [
        "when the scheduler is unknown",
        ["job.ts", "--scheduler", "nope"],
        'there is no scheduler "nope". Known are "sync"',
      ],
      [
        "when the environment names one that is unknown",
        ["job.ts"],
        'scheduler (SKEIN_SCHEDULER): there is no scheduler "nope"',
        { SKEIN_SCHEDULER: "nope" },
      ],
      ["when no job is named", [], "missing required argument 'job'"],
    ];
    for (const [what, args, message, env = {}] of cases) {
      it(what, async () => {
        const { code, stderr } = await scratch.run(["run", ...args], { env });
        expect(stderr).to.include(message);
        expect(stderr).to.not.match(/^\s+at /m);
        expect(code).to.equal(2);
      });
    }
  });

  describe("when it is interrupted", () => {
    // A function that uses what the script imports does not travel to threads.
    const inThisThread = { SKEIN_SCHEDULER: "sync" };
    const task = (body: string): string =>
      `import { compute, currentTask, delayed } from "skein";\n` +
      `const slow = delayed(async () => {\n  const { signal } = currentTask();\n${body}\n});\n`;

    it("aborts the running tasks and exits with 130", async () => {
      const stopped = await Scratch.with({
        "slow.ts": `${task(`
          signal.addEventListener("abort", () => console.log("told to stop"));
          console.log("started");
          await new Promise((resolve) => setTimeout(resolve, 60_000));`)}await compute(slow());\n`,
      });
      const { child, ended, printed } = stopped.start(["run", "slow.ts"], inThisThread);
      await printed("started");
      child.kill("SIGINT");
      const { code, stdout, stderr } = await ended;
      expect([code, stdout]).to.deep.equal([130, "started\ntold to stop\n"]);
      expect(stderr).to.equal("\nStopping. Press again to stop at once.\n");
      await stopped.remove();
    });

    it("lets the job tidy up, and stops at once when it is interrupted again", async () => {
      const stubborn = await Scratch.with({
        "slow.ts": `${task(`
          console.log("started");
          await new Promise((resolve) => setTimeout(resolve, 60_000));`)}
          try { await compute(slow()); } catch (error) { console.log((error as { code: string }).code); }
          await new Promise((resolve) => setTimeout(resolve, 60_000));\n`,
      });
      const { child, ended, printed } = stubborn.start(["run", "slow.ts"], inThisThread);
      await printed("started");
      child.kill("SIGINT");
      await printed("ERR_CANCELLED");
      child.kill("SIGINT");
      expect((await ended).code).to.equal(130);
      await stubborn.remove();
    });

    it("stops on threads, though the tasks there never look up", async () => {
      const busy = await Scratch.with({
        "busy.ts":
          'import { delayed } from "skein";\n' +
          'const spin = delayed(() => {\n  console.log("started");\n  for (;;);\n});\nawait spin().compute();\n',
      });
      const { child, ended, printed } = busy.start(["run", "busy.ts"]);
      await printed("started");
      child.kill("SIGINT");
      expect((await ended).code).to.equal(130);
      await busy.remove();
    });

    it("stops at once when nothing is being computed", async () => {
      const idle = await Scratch.with({
        "idle.ts":
          'import "skein";\nconsole.log("idle");\nawait new Promise((r) => setTimeout(r, 60_000));\n',
      });
      const { child, ended, printed } = idle.start(["run", "idle.ts"]);
      await printed("idle");
      child.kill("SIGINT");
      expect((await ended).code).to.equal(130);
      await idle.remove();
    });
  });

  it("goes on to the end when nobody reads its output any more", async () => {
    const { child, ended, printed } = scratch.start(["run", "talks.ts"]);
    await printed("line 0");
    child.stdout.destroy();
    const { code, stderr } = await ended;
    expect([code, stderr]).to.deep.equal([0, ""]);
  });
});
