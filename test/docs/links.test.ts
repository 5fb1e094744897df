import { existsSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { expect } from "chai";
import { anchorsOf, linksOf, pages, root } from "./markdown.js";

describe("Links in the documentation", () => {
  const links = pages().flatMap(linksOf);

  it("lead to files and headings that exist", () => {
    const broken = links
      .filter(({ target }) => !/^[a-z]+:/.test(target))
      .filter(({ page, target }) => {
        const [path = "", anchor] = target.split("#");
        const file = path === "" ? page : normalize(join(dirname(page), path));
        if (!existsSync(join(root, file))) return true;
        return anchor !== undefined && file.endsWith(".md") && !anchorsOf(file).has(anchor);
      });
    expect(broken.map(({ page, line, target }) => `${page}:${line}: ${target}`)).to.deep.equal([]);
  });

  it("reach every page below docs from its index", () => {
    const indexed = linksOf("docs/README.md").map(({ target }) =>
      normalize(join("docs", target.split("#")[0] ?? "")),
    );
    const missing = pages().filter(
      (page) => page.startsWith("docs/") && page !== "docs/README.md" && !indexed.includes(page),
    );
    expect(missing).to.deep.equal([]);
  });
});
