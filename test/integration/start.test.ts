/** The two commands, as far as they are about the project's state and not about what it computes. */

import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { until } from "../../src/testing/until.js";
import { runCommand, runNode, type Ended } from "../support/command.js";
import { sampleProject, writeInto } from "../support/sample-project.js";
import { isAlive } from "../support/skein-child.js";

const command = `console.log("arguments", ...process.argv.slice(2)); process.exitCode = 3;`;

describe("npm start", () => {
  let folder = "";
  beforeEach(
    () => (folder = sampleProject({ "src/cli/main.ts": command, "src/old.ts": "export const old = 1;" })),
  );
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const start = (...args: string[]): Promise<Ended> => runNode(["scripts/start.mjs", ...args], folder);

  it("builds what is missing, then runs the job with further arguments and ends with its exit code", async () => {
    const { code, stdout } = await start("--workers", "2");
    expect(stdout).to.match(/✓ build .*2 files/);
    expect(stdout).to.match(/arguments run examples\/flights\.ts --progress --workers 2\n$/);
    expect(code).to.equal(3);
  });

  it("does not repeat the set-up", async () => {
    await start();
    const { stdout } = await start();
    expect(stdout).to.match(/^· set-up\s+nothing to do\narguments run/);
  });

  it("builds again when a source has changed, and drops what removed sources left behind", async () => {
    await start();
    writeInto(folder, "src/cli/main.ts", `console.log("changed");`);
    rmSync(join(folder, "src/old.ts"));
    const { stdout } = await start();
    expect(stdout).to.match(/changed\n$/);
    expect(existsSync(join(folder, "dist/old.js"))).to.equal(false);
  });

  it("leaves the last good build alone when the sources do not compile, and says where", async () => {
    await start();
    writeInto(folder, "src/old.ts", `export const old: number = "one";`);
    const { code, stdout, stderr } = await start();
    expect(code).to.equal(1);
    expect(stdout)
      .to.match(/✗ build/)
      .and.not.include("arguments");
    expect(stderr).to.match(/src\/old\.ts.*TS2322/);
    expect(readFileSync(join(folder, "dist/old.js"), "utf8")).to.include("old = 1");
  });

  it("builds once when two are started at once, and runs the job in both", async () => {
    const both = await Promise.all([start("first"), start("second")]);
    expect(both.filter(({ stdout }) => stdout.includes("✓ build"))).to.have.length(1);
    expect(both.map(({ stdout }) => stdout.trimEnd().split(" ").at(-1))).to.deep.equal(["first", "second"]);
  });

  it("takes over the lock of a set-up that was killed", async () => {
    const { stdout: pid } = await runNode(["-p", "process.pid"], folder);
    mkdirSync(join(folder, ".skein/set-up.lock"), { recursive: true });
    writeInto(folder, ".skein/set-up.lock/pid", pid.trim());
    expect((await start()).stdout).to.match(/✓ build/);
  });
});

describe("The set-up of dependencies", () => {
  let folder = "";
  const entry = { version: "1.0.0", integrity: "sha512-a" };
  const lockOf = (packages: object): string => JSON.stringify({ packages: { "": {}, ...packages } });

  beforeEach(() => {
    folder = sampleProject({});
    rmSync(join(folder, "node_modules"));
    const other = { ...entry, optional: true };
    writeInto(
      folder,
      "package-lock.json",
      lockOf({ "node_modules/a": entry, "node_modules/other-platform": other }),
    );
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function install(record: object, ...packages: string[]): void {
    for (const name of packages) writeInto(folder, `node_modules/${name}/package.json`, "{}");
    writeInto(folder, "node_modules/.package-lock.json", lockOf(record));
  }

  async function missing(): Promise<string> {
    const look = `import { dependencies } from "./scripts/setup/dependencies.mjs"; console.log(dependencies.missing());`;
    const { stdout } = await runNode(["--input-type=module", "--eval", look], folder);
    return stdout.trim();
  }

  it("has nothing to do when the installed packages are those of the lock file", async () => {
    install({ "node_modules/a": entry }, "a");
    expect(await missing()).to.equal("undefined");
  });

  it("installs into a fresh clone", async () => {
    expect(await missing()).to.match(/^installing the packages/);
  });

  it("installs again after an install that was cut short", async () => {
    install({ "node_modules/a": entry });
    expect(await missing()).to.match(/^installing again/);
  });

  it("installs again when the lock file names another version", async () => {
    install({ "node_modules/a": { ...entry, version: "0.9.0" } }, "a");
    expect(await missing()).to.match(/^installing again/);
  });

  it("installs again when the lock file no longer names a package", async () => {
    install({ "node_modules/a": entry, "node_modules/b": entry }, "a", "b");
    expect(await missing()).to.match(/^installing again/);
  });
});

describe("npm test", () => {
  let folder = "";
  const tests = (body: string): string => `describe("sample", () => { it("passes", () => {}); ${body} });`;
  // What mocha is told to load first in this project has nothing to do there.
  const project = { "src/index.ts": "export {};", "test/support/brokers/hooks.ts": "export {};" };
  beforeEach(() => (folder = sampleProject(project)));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  async function lastLine(
    body: string,
    ...args: string[]
  ): Promise<[line: string | undefined, code: number | null]> {
    writeInto(folder, "test/sample.test.ts", tests(body));
    const { stdout, code } = await runNode(["scripts/test.mjs", "test/sample.test.ts", ...args], folder);
    return [stdout.trimEnd().split("\n").at(-1), code];
  }

  it("ends with the counts", async () => {
    expect(await lastLine("")).to.deep.equal(["1 passed, 0 failed", 0]);
  });

  it("runs the tests of a folder, or all, and no helpers", async () => {
    writeInto(folder, "test/sample.test.ts", tests(""));
    writeInto(folder, "test/deep/er/other.test.ts", tests(""));
    writeInto(folder, "test/deep/er/helper.ts", `throw new Error("a helper is no test");`);
    const run = async (...args: string[]): Promise<string> =>
      (await runNode(["scripts/test.mjs", ...args], folder)).stdout;
    expect(await run("test/deep")).to.match(/\n1 passed, 0 failed\n$/);
    expect(await run("--grep", "passes")).to.match(/\n2 passed, 0 failed\n$/);
  });

  it("fails when a test fails", async () => {
    expect(await lastLine(`it("fails", () => { throw new Error(); });`)).to.deep.equal([
      "1 passed, 1 failed",
      1,
    ]);
  });

  it("fails when a test is skipped", async () => {
    expect(await lastLine(`it.skip("sleeps", () => {});`)).to.deep.equal(["1 passed, 1 failed", 1]);
  });

  it("fails when the tests end before their end", async () => {
    expect(await lastLine(`it("exits", () => process.exit(0));`)).to.deep.equal(["1 passed, 1 failed", 1]);
  });

  it("fails when something is left running after the tests", async () => {
    writeInto(folder, "test/sample.test.ts", tests(`it("leaks", () => void setInterval(() => {}, 1_000));`));
    const mocha = "node_modules/mocha/bin/mocha.js";
    const reporter = [
      "--reporter",
      "scripts/mocha/reporter.mjs",
      "--reporter-option",
      "counts=counts.json,lingerMs=50",
    ];
    const { stderr } = await runNode([mocha, ...reporter, "test/sample.test.ts"], folder);
    expect(stderr).to.match(/kept alive by: .*Timeout/);
    expect(readFileSync(join(folder, "counts.json"), "utf8")).to.equal(
      '{"passed":2,"failed":1,"ended":true}',
    );
  });

  /** What a script of the project prints. */
  const scripted = (script: string): Promise<{ readonly stdout: string; readonly stderr: string }> =>
    runNode(["--input-type=module", "--eval", script], folder);

  it("ends tests that never end, with what they started, counts them, and says which it was", async () => {
    const endless = `it("hangs", async function () {
      this.timeout(0);
      const { spawn } = await import("node:child_process");
      console.log("child", spawn("sleep", ["1000"]).pid);
      await new Promise(() => setInterval(() => {}, 1_000));
    });`;
    writeInto(folder, "test/sample.test.ts", tests(endless));
    const { stdout, stderr } = await scripted(`
      import { runLane } from "./scripts/mocha/lane.mjs";
      console.log(await runLane({ args: ["test/sample.test.ts"], detail: true, deadlineMs: 3_000 }));`);
    expect(stdout)
      .to.match(/ended before its tests did, by us: .* had passed, during: sample hangs$/m)
      .and.match(/\n\{ passed: 1, failed: 1 \}\n$/);
    // Where there is a /proc: each process that has to be ended, and what its threads were at.
    if (existsSync("/proc/self/stat")) expect(stderr).to.match(/^\d+: sleep 1000 \n {2}sleep: S, waits in /m);
    const child = Number(/^child (\d+)$/m.exec(stdout)?.[1]);
    await until("what it started has ended", () => !isAlive(child));
  });

  it("runs all that there is, in lanes side by side", async () => {
    for (const path of ["integration/failover/a", "integration/hybrid-b", "unit/c"])
      writeInto(folder, `test/${path}.test.ts`, tests(""));
    const { stdout } = await scripted(`
      import { lanes } from "./scripts/mocha/lanes.mjs";
      import { runMocha } from "./scripts/mocha/run.mjs";
      console.log(lanes().length, "lanes", await runMocha([]));`);
    expect(stdout).to.match(/\n3 lanes \{ passed: 3, failed: 0 \}\n$/);
  });

  it("fails when nothing matches", async () => {
    expect(await lastLine("", "--grep", "no such title")).to.deep.equal(["0 passed, 1 failed", 1]);
  });

  it("fails when a file cannot be loaded", async () => {
    expect(await lastLine("}")).to.deep.equal(["0 passed, 1 failed", 1]);
  });
});

describe(".ci/run", () => {
  let folder = "";
  beforeEach(() => (folder = sampleProject({})));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** Runs it with an npm that says `lines` and ends with `exitCode`. */
  async function ci(
    lines: string,
    exitCode: number,
  ): Promise<[line: string | undefined, code: number | null]> {
    writeInto(folder, "bin/npm", `#!/bin/sh\necho "${lines}"\nexit ${exitCode}\n`);
    await runCommand("chmod", ["+x", "bin/npm"], folder);
    const path = `${join(folder, "bin")}:${process.env.PATH ?? ""}`;
    const { stdout, code } = await runCommand("bash", [".ci/run"], folder, { PATH: path });
    return [stdout.trimEnd().split("\n").at(-1), code];
  }

  it("passes on the counts and the exit code", async () => {
    expect(await ci("5000 passed, 0 failed", 0)).to.deep.equal(["5000 passed, 0 failed", 0]);
    expect(await ci("5000 passed, 2 failed", 1)).to.deep.equal(["5000 passed, 2 failed", 1]);
  });

  it("fails when hardly any tests ran", async () => {
    expect(await ci("7 passed, 0 failed", 0)).to.deep.equal(["7 passed, 1 failed", 1]);
  });

  it("fails when the tests ended without their counts", async () => {
    expect(await ci("Killed", 137)).to.deep.equal(["0 passed, 1 failed", 1]);
  });
});
