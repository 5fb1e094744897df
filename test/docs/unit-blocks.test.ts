/** Units of systemd that the documentation shows: sections and keys that there are, and a command that skein takes. */

import { join } from "node:path";
import { expect } from "chai";
import { runNode } from "../support/command.js";
import { blocksOf, pages, root } from "./markdown.js";

const keys: Readonly<Record<string, readonly string[]>> = {
  Unit: ["Description", "After", "Wants", "StartLimitIntervalSec"],
  Service: [
    ...["User", "WorkingDirectory", "EnvironmentFile", "ExecStart", "KillMode", "TimeoutStopSec", "Restart"],
    ...["RestartSec", "RestartPreventExitStatus", "MemoryMax"],
  ],
  Install: ["WantedBy"],
};

const units = pages()
  .flatMap(blocksOf)
  .filter(({ language }) => language === "ini");

describe("Units of systemd in the documentation", () => {
  it("are there to be checked", () => {
    expect(units).to.have.length.above(0);
  });

  for (const { page, line, code } of units) {
    it(`have keys that systemd knows in their sections: ${page}:${line}`, () => {
      let section = "";
      for (const text of code.split("\n").filter((each) => !/^(#.*)?$/.test(each))) {
        const [, header] = /^\[(\w+)\]$/.exec(text) ?? [];
        section = header ?? section;
        if (header === undefined) expect(keys[section], text).to.include(text.split("=")[0]);
        else expect(keys).to.have.property(header);
      }
    });

    it(`start a command of skein with flags that it has: ${page}:${line}`, async () => {
      const [, command = "", flags = ""] = /^ExecStart=\/usr\/bin\/env skein (\w+) (.*)$/m.exec(code) ?? [];
      const { stdout } = await runNode([join(root, "dist/cli/main.js"), command, "--help"], root);
      expect(stdout).to.match(new RegExp(`^Usage: skein ${command} `));
      for (const flag of flags.split(" ").filter((word) => word.startsWith("--")))
        expect(stdout).to.match(new RegExp(`^\\s+${flag} `, "m"));
    });
  }
});
