import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { expect } from "chai";
import { Scratch } from "../support/cli.js";

const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
  version: string;
};

const files = {
  "computes.ts": `
import { compute, delayed } from "skein";
const inc = delayed((x: number): number => { console.log("ran"); return x + 1; }, { name: "inc" });
console.log("before");
try {
  await compute(inc(inc(1)), inc(5));
} finally {
  console.log("after");
}
`,
  "exports.ts":
    'import { delayed } from "skein";\nconst inc = delayed((x: number) => x + 1, { name: "inc" });\nexport const a = inc(1);\nexport const parts = [inc(a), inc(2)];\nexport const other = 5;\n',
  "default.ts":
    'import { delayed } from "skein";\nconst inc = delayed((x: number) => x + 1, { name: "inc" });\nexport const ignored = inc(0);\nexport default { chosen: inc(1) };\n',
  "function.ts":
    'import { delayed } from "skein";\nconst inc = delayed((x: number) => x + 1, { name: "inc" });\nexport default (n: string) => inc(Number(n));\n',
  "graph.ts":
    'import { Graph, ref, task } from "skein";\nconst inc = (x: number) => x + 1;\nexport const g = Graph.of({ x: task(inc, 1), y: task(inc, ref("x")), z: task(inc, ref("y")) });\n',
  "nothing.ts": 'console.log("hello");\nexport const n = 5;\n',
};

describe("The commands", function () {
  this.timeout(60_000);
  let scratch: Scratch;

  before(async () => {
    scratch = await Scratch.with(files);
  });

  after(() => scratch.remove());

  describe("skein graph", () => {
    const draw = async (
      ...args: string[]
    ): Promise<{ about: { file: string; outputs: string[] }; dot: string }> => {
      const { code, stdout, stderr } = await scratch.run(["graph", ...args, "-o", "out/g.dot", "--json"]);
      expect([code, stderr]).to.deep.equal([0, ""]);
      const about = JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as { file: string; outputs: string[] };
      return { about, dot: await readFile(scratch.path("out/g.dot"), "utf8") };
    };

    it("draws the first computation instead of running it, and goes no further", async () => {
      const { code, stdout } = await scratch.run(["graph", "computes.ts", "-o", "first.dot"]);
      expect([code, stdout]).to.deep.equal([0, "before\nfirst.dot: 3 entries\n"]);
      const dot = await readFile(scratch.path("first.dot"), "utf8");
      expect(dot)
        .to.match(/^digraph/)
        .and.to.include("inc");
    });

    it("draws all exported lazy values of a script that computes nothing", async () => {
      expect((await draw("exports.ts")).about.outputs).to.have.lengthOf(3);
    });

    it("draws the default export alone, where there is one to draw", async () => {
      expect((await draw("default.ts")).about.outputs).to.have.lengthOf(1);
    });

    it("draws what a function gives that is the default export", async () => {
      expect((await draw("function.ts", "7")).about.outputs).to.have.lengthOf(1);
    });

    it("draws graphs, also as they would run", async () => {
      const whole = await draw("graph.ts");
      expect(whole.about).to.deep.include({ file: "out/g.dot", tasks: 3, outputs: ["z"] });
      const optimized = await draw("graph.ts", "--optimized");
      expect(optimized.dot.length).to.be.lessThan(whole.dot.length);
      expect((await draw("graph.ts", "--color", "order")).dot).to.not.equal(whole.dot);
    });

    it("says what it looked for when there is nothing to draw", async () => {
      const { code, stderr } = await scratch.run(["graph", "nothing.ts"]);
      expect(code).to.equal(2);
      expect(stderr).to.include(
        "nothing.ts: there is nothing to draw: the script computes nothing and exports no",
      );
    });

    it("lists the formats when the file's ending is none of them", async () => {
      const { code, stderr } = await scratch.run(["graph", "graph.ts"], { env: { SKEIN_OUTPUT: "g.gif" } });
      expect(code).to.equal(2);
      expect(stderr).to.include(
        '"g.gif" ends in no known format. Name a file that ends in .svg, .png, .dot, .mmd.',
      );
    });
  });

  describe("skein repl", () => {
    const type = (...lines: string[]) => scratch.run(["repl"], { input: `${lines.join("\n")}\n` });

    it("computes and shows lazy values that are typed, and has skein's names at hand", async () => {
      const { code, stdout } = await type(
        "const inc = delayed((x) => x + 1)",
        "inc(inc(1))",
        "_ * 10",
        "Bag.range(4)",
        'await compute(Graph.of({ x: 1, y: task((x) => ({ x }), ref("x")) }), "y")',
        "await compute({ nested: [inc(41)] })",
      );
      const shown = stdout.split("\n").map((line) => line.replace(/^(skein> )+/, ""));
      expect(code).to.equal(0);
      expect(shown).to.include.members(["3", "30", "[ 0, 1, 2, 3 ]", "{ x: 1 }", "{ nested: [ 42 ] }"]);
    });

    it("shows the error of a task, and goes on", async () => {
      const { stdout } = await type(
        'delayed(() => { throw new RangeError("no") }, { name: "bad" })()',
        "1 + 1",
      );
      expect(stdout)
        .to.match(/Task "bad-[\w-]+" failed on w\d+: RangeError: no/)
        .and.to.match(/^(skein> )?2$/m);
    });
  });

  describe("skein config", () => {
    it("shows each setting with its value, source, sentence and variable", async () => {
      const inFolder = await Scratch.with({ "skein.config.json": '{ "retries": 4 }' });
      const { code, stdout } = await inFolder.run(["config"], { env: { SKEIN_PROGRESS: "on" } });
      await inFolder.remove();
      expect(code).to.equal(0);
      expect(stdout).to.match(/^retries = 4 {2}from .*skein\.config\.json$/m);
      expect(stdout).to.match(/^progress = true {2}from SKEIN_PROGRESS$/m);
      expect(stdout).to.match(
        /^concurrency = 16 {2}default\n {4}How many .*\n {4}a whole number.*; SKEIN_CONCURRENCY$/m,
      );
    });

    it("shows no password and no token, in text or as JSON", async () => {
      const env = {
        SKEIN_BUS: "nats://me:hidden1@host:4222",
        SKEIN_PASSWORD: "hidden2",
        SKEIN_TOKEN: "hidden3",
      };
      const text = await scratch.run(["config"], { env });
      const json = await scratch.run(["config", "--json"], { env });
      expect(text.stdout + json.stdout).not.to.include("hidden");
      expect(text.stdout).to.match(/^bus = nats:\/\/\*\*\*@host:4222 {2}from SKEIN_BUS$/m);
      expect(JSON.parse(json.stdout)).to.have.nested.property("password.value", "***");
    });

    it("prints them for programs", async () => {
      const { stdout } = await scratch.run(["config", "--json"], { env: { SKEIN_RETRIES: "2" } });
      const { retries } = JSON.parse(stdout) as { retries: unknown };
      expect(retries).to.deep.include({
        value: 2,
        origin: "SKEIN_RETRIES",
        default: 0,
        environment: "SKEIN_RETRIES",
      });
    });

    it("points out variables that look like settings and are none", async () => {
      const { stderr } = await scratch.run(["config"], { env: { SKEIN_RETRY: "2" } });
      expect(stderr).to.equal("note: SKEIN_RETRY is no setting. Did you mean SKEIN_RETRIES?\n");
    });

    it("exits with 2 for a setting that makes no sense", async () => {
      const { code, stderr } = await scratch.run(["config"], { env: { SKEIN_RETRIES: "-1" } });
      expect([code, stderr]).to.deep.equal([
        2,
        "skein: retries (SKEIN_RETRIES): got the number -1. Give a whole number from 0 to 1000.\n",
      ]);
    });
  });

  describe("skein", () => {
    it("prints its version", async () => {
      expect(await scratch.run(["--version"])).to.deep.equal({ code: 0, stdout: `${version}\n`, stderr: "" });
    });

    it("shows help with examples, as a whole and of each command", async () => {
      for (const command of [[], ["run"], ["graph"], ["repl"], ["config"]]) {
        const { code, stdout } = await scratch.run([...command, "--help"]);
        expect(code).to.equal(0);
        expect(stdout, command.join()).to.match(/Examples?:\n {2}\$ skein/);
      }
    });

    it("names an environment variable for every flag", async () => {
      for (const command of ["run", "graph", "repl", "config"]) {
        const { stdout } = await scratch.run([command, "--help"]);
        const flags = stdout
          .slice(stdout.indexOf("Options:"))
          .split(/\n {2}(?=-)/)
          .slice(1);
        for (const flag of flags) {
          if (!/^(--no-|-h)/.test(flag)) expect(flag, command).to.match(/\(.*env:\s+SKEIN_[A-Z_]+/s);
        }
      }
    });

    it("suggests a command for one it does not know", async () => {
      const { code, stderr } = await scratch.run(["rnu", "job.ts"]);
      expect(code).to.equal(2);
      expect(stderr).to.include("unknown command 'rnu'").and.to.include("Did you mean run?");
    });

    it("shows help when nothing is asked of it", async () => {
      const { code, stderr } = await scratch.run([]);
      expect(code).to.equal(2);
      expect(stderr).to.include("Usage: skein");
    });
  });
});
