import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import * as errors from "../../src/errors.js";
import { root } from "./markdown.js";

describe("docs/errors.md", () => {
  const page = readFileSync(join(root, "docs/errors.md"), "utf8");
  const listed = new Map(
    [...page.matchAll(/^\| `(ERR_\w+)` +\| `(\w+)` +\|/gm)].map(([, code, name]) => [name, code]),
  );

  /** From the sources, for a code stands in an instance only, and each class takes its own arguments. */
  const source = readFileSync(join(root, "src/errors.ts"), "utf8");
  const defined = new Map(
    [
      ...source.matchAll(/^export class (\w+) extends \w+ \{\n {2}(?:override )?readonly code = "(\w+)";/gm),
    ].map(([, name, code]) => [name, code]),
  );

  it("lists every error with its code, and no other", () => {
    expect(Object.fromEntries(listed)).to.deep.equal(Object.fromEntries(defined));
  });

  it("knows of every class of errors there is", () => {
    const classes = Object.entries(errors).filter(
      ([name, value]) =>
        typeof value === "function" && value.prototype instanceof errors.SkeinError && name !== "SkeinError",
    );
    expect([...defined.keys()]).to.have.members(classes.map(([name]) => name));
  });

  it("gives each code to one class", () => {
    expect(new Set(defined.values()).size).to.equal(defined.size);
  });
});
