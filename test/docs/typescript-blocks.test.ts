/**
 * Every TypeScript block of the documentation compiles, and runs unless its fence says `no-run`.
 * Blocks stand alone, as a reader copies them; `expectations.ts` says how shown results are compared.
 */

import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { withExpectations } from "./expectations.js";
import { blocksOf, pages, root, type Block } from "./markdown.js";

const execute = promisify(execFile);
const blocks = pages()
  .flatMap(blocksOf)
  .filter((block) => block.language === "ts");

const nameOf = (block: Block): string => `${block.page.replaceAll(/\W/g, "-")}-${block.line}`;

/** Names the place in the page instead of the one in the file made from it. */
function inPage(messages: string): string {
  return blocks.reduce((text, block) => {
    const place = new RegExp(`\\S*${nameOf(block)}\\.ts[(:](\\d+)[,:](\\d+)\\)?`, "g");
    return text.replaceAll(place, (_, line: string, column: string) => {
      return `${block.page}:${block.line + Number(line) - 1}:${column}`;
    });
  }, messages);
}

async function node(args: readonly string[], cwd: string): Promise<{ failed: boolean; output: string }> {
  try {
    await execute(process.execPath, args, { cwd, timeout: 30_000 });
    return { failed: false, output: "" };
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    return { failed: true, output: inPage(`${stdout}${stderr}`) };
  }
}

describe("TypeScript in the documentation", function () {
  this.timeout(60_000);
  let folder = "";

  before("write each block to a file of its own", () => {
    mkdirSync(join(root, ".skein"), { recursive: true });
    folder = mkdtempSync(join(root, ".skein", "docs-"));
    for (const block of blocks)
      writeFileSync(join(folder, `${nameOf(block)}.ts`), withExpectations(block.code));
    const compilerOptions = { noEmit: false, outDir: "out", rootDir: ".", sourceMap: true, types: ["node"] };
    writeFileSync(
      join(folder, "tsconfig.json"),
      JSON.stringify({ extends: "../../tsconfig.json", compilerOptions, include: ["*.ts"] }),
    );
  });

  after(() => rmSync(folder, { recursive: true, force: true }));

  it("has blocks to check", () => {
    expect(blocks.map((block) => block.page)).to.include("README.md");
  });

  it("compiles, all of it", async () => {
    const compiler = join(root, "node_modules/@typescript/native/bin/tsc");
    const { failed, output } = await node([compiler, "-p", folder], folder);
    expect(failed, output).to.equal(false);
  });

  for (const block of blocks.filter(({ flags }) => !flags.includes("no-run"))) {
    it(`runs as shown: ${block.page}:${block.line}`, async () => {
      const own = mkdtempSync(join(folder, "run-"));
      const { failed, output } = await node(
        ["--enable-source-maps", join(folder, "out", `${nameOf(block)}.js`)],
        own,
      );
      expect(failed, output).to.equal(false);
    });
  }
});
