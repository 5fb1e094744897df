/** The commands that the documentation shows exist, with the flags that it shows. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { runNode } from "../support/command.js";
import { blocksOf, pages, root } from "./markdown.js";

interface Command {
  readonly place: string;
  readonly words: readonly string[];
}

const commands: Command[] = pages()
  .flatMap(blocksOf)
  .filter(({ language }) => language === "sh")
  .flatMap(({ page, line, code }) =>
    code.split("\n").map((text, i) => ({
      place: `${page}:${line + i}`,
      words: text.replace(/#.*$/, "").trim().split(/\s+/).filter(Boolean),
    })),
  )
  .filter(({ words }) => words.length > 0);

/** What follows `skein`, where a line runs it. */
function skeinWords({ words }: Command): readonly string[] | undefined {
  const at = words.indexOf("skein");
  return at === 0 || (at === 1 && words[0] === "npx") ? words.slice(at + 1) : undefined;
}

describe("Commands in the documentation", () => {
  const skein = (...args: string[]): Promise<{ stdout: string }> =>
    runNode([join(root, "dist/cli/main.js"), ...args], root);

  it("are npm scripts that there are", () => {
    const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: object };
    const unknown = commands
      .filter(({ words: [first, second] }) => first === "npm" && second !== "install")
      .filter(
        ({ words: [, second = "", third = ""] }) =>
          !(second === "run" ? third in scripts : second in scripts),
      );
    expect(unknown.map(({ place }) => place)).to.deep.equal([]);
  });

  it("are commands of skein with flags that they have", async () => {
    const names = [...new Set(commands.map((command) => skeinWords(command)?.[0] ?? ""))].filter(Boolean);
    const help = new Map(
      await Promise.all(names.map(async (name) => [name, (await skein(name, "--help")).stdout] as const)),
    );
    const wrong = commands.flatMap((command) => {
      const [name = "", ...rest] = skeinWords(command) ?? [];
      if (name === "") return [];
      const own = rest.slice(0, rest.includes("--") ? rest.indexOf("--") : rest.length);
      const flags = own.filter((word) => word.startsWith("-"));
      const text = help.get(name) ?? "";
      const unknown = flags.filter((flag) => !new RegExp(`(^|[\\s,])${flag}\\b`, "m").test(text));
      return text.startsWith(`Usage: skein ${name} `)
        ? unknown.map((flag) => `${command.place}: ${flag}`)
        : [command.place];
    });
    expect(wrong).to.deep.equal([]);
  });
});
