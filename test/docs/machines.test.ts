/** The page of statecharts is what the machines say today. */

import { readFile } from "node:fs/promises";
import { expect } from "chai";
import { format } from "prettier";
import { machinesPage } from "../../src/cli/machines.js";
import { machines } from "../../src/machines.js";

describe("docs/machines.md", () => {
  it("is what `skein machines --markdown` prints", async () => {
    const page = await readFile(new URL("../../docs/machines.md", import.meta.url), "utf8");
    expect(page, "run: npx skein machines --markdown > docs/machines.md").to.equal(
      await format(machinesPage(), { parser: "markdown", printWidth: 110 }),
    );
  });

  it("explains every state of every machine", () => {
    for (const { machine } of machines) {
      for (const [name, state] of Object.entries(machine.states)) {
        expect(state.description, `${machine.id}.${name}`).to.be.a("string").that.is.not.empty;
      }
    }
  });
});
