import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { root } from "./markdown.js";

describe("The README's table of dependencies", () => {
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const rows = [...readme.matchAll(/^\| `([^`]+)`( \(optional\))? +\|([^|]+)\|([^|]+)\|$/gm)];

  it("has a line for each dependency, and for no other", () => {
    const { dependencies, optionalDependencies } = JSON.parse(
      readFileSync(join(root, "package.json"), "utf8"),
    ) as Record<string, Record<string, string>>;
    const listed = rows.map(([, name = "", optional = ""]) => name + optional);
    const optional = Object.keys(optionalDependencies ?? {}).map((name) => `${name} (optional)`);
    expect(listed).to.have.members([...Object.keys(dependencies ?? {}), ...optional]);
  });

  it("says what for and why this one", () => {
    const silent = rows.filter(([, , , what = "", why = ""]) => what.trim() === "" || why.trim() === "");
    expect(silent.map(([, name]) => name)).to.deep.equal([]);
  });
});
