/** Two versions of Skein that speak no version of the protocol in common, one of them a copy that says so. */

import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { execFile } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { root } from "../docs/markdown.js";
import { sharedNats } from "../support/brokers/nats-server.js";
import { SkeinProcess } from "../support/skein-process.js";

describe("A cluster of another version", function () {
  this.timeout(90_000);
  const cluster = `versions-${process.pid}`;
  const folder = mkdtempSync(join(tmpdir(), "skein-versions-"));
  let url: string;
  let scheduler: SkeinProcess;

  before(async () => {
    ({ url } = await sharedNats());
    for (const part of ["dist", "package.json"])
      cpSync(join(root, part), join(folder, part), { recursive: true });
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
    const file = join(folder, "dist/protocol/envelope.js");
    const other = readFileSync(file, "utf8").replace("spokenVersions = [1, 1]", "spokenVersions = [2, 2]");
    expect(other).to.include("[2, 2]");
    writeFileSync(file, other);
    scheduler = await SkeinProcess.start(
      ["scheduler", "--bus", url, "--cluster", cluster],
      join(folder, "scheduler.log"),
      (log) => log.some(({ msg }) => msg.startsWith("leads")),
    );
  });
  after(async () => {
    await scheduler.kill();
    rmSync(folder, { recursive: true, force: true });
  });

  function other(...args: string[]): Promise<{ code: number; stderr: string }> {
    const command = [join(folder, "dist/cli/main.js"), ...args, "--bus", url, "--cluster", cluster];
    return new Promise((resolve) => {
      // Where continuous integration runs, colours are on without a terminal.
      const env = { ...process.env, NO_COLOR: "1" };
      execFile(process.execPath, command, { env }, (error, _, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code), stderr });
      });
    });
  }

  it("says to clients that it is one, and does not keep them waiting", async () => {
    const { code, stderr } = await other("status", "--json");
    expect(code, stderr).to.equal(2);
    const { error } = JSON.parse(stderr) as { error: { code: string; message: string } };
    expect(error.code).to.equal("ERR_PROTOCOL_VERSION");
    expect(error.message).to.match(/this client speaks \(version 2\)\. Run the same version/);
  });

  it("ends workers, which say so", async () => {
    const { code, stderr } = await other("worker", "--threads", "1");
    expect(code, stderr).to.equal(2);
    expect(stderr).to.match(/^skein: The scheduler of this cluster is of another version of Skein: [^\n]+$/m);
  });
});
