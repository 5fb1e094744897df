import { readFileSync } from "node:fs";
import { expect } from "chai";
import * as errors from "../../../src/errors.js";
import * as skein from "../../../src/index.js";

type ErrorClass = new (...args: never[]) => Error;

const { SkeinError } = errors;
const classes = Object.entries(errors).filter(
  ([, value]) => typeof value === "function" && value.prototype instanceof SkeinError,
) as [string, ErrorClass][];

/** The class's code and flag, which its instances get when they are made. */
function made([, make]: [string, ErrorClass]): { code: string; retryable: boolean } {
  const parts = Array.from({ length: 6 }, () => ["a", "b"]) as never[];
  return new make(...parts) as unknown as { code: string; retryable: boolean };
}

const page = readFileSync(new URL("../../../docs/errors.md", import.meta.url), "utf8");
const rows = page
  .split("\n")
  .filter((line) => line.startsWith("| `"))
  .map((line) => line.split("|").map((cell) => cell.trim()));

describe("docs/errors.md", () => {
  it("lists every class with its code, and whether trying again can help", () => {
    const listed = rows.map(([, name = "", code = "", retryable = ""]) => `${name} ${code} ${retryable}`);
    const expected = classes.map((each) => {
      const { code, retryable } = made(each);
      return `\`${each[0]}\` \`${code}\` ${retryable ? "yes" : "no"}`;
    });
    expect(listed.toSorted()).to.deep.equal(expected.toSorted());
  });

  it("says for each what it means and what to do", () => {
    for (const [, name, , , meaning = "", remedy = ""] of rows) {
      expect(meaning, name).to.match(/\.$/);
      expect(remedy, name).to.match(/\.$/);
    }
  });

  it("lists nothing that a program cannot import", () => {
    for (const [, name = ""] of rows) expect(Object.keys(skein)).to.include(name.replaceAll("`", ""));
  });

  it("gives every class a code of its own that begins with ERR_", () => {
    const codes = classes.map((each) => made(each).code);
    expect(new Set(codes).size).to.equal(codes.length);
    for (const code of codes) expect(code).to.match(/^ERR_[A-Z_]+$/);
  });
});
