/**
 * Set-up step: `dist`, compiled from `src`.
 *
 * The compiler writes into a folder of its own which then takes the place of `dist` as a whole: nothing of removed
 * sources remains, a failed build leaves the old one, and a reader never sees half of it. `.skein/built` holds a
 * digest of what was compiled; contents count, not times, so a fresh checkout of the same sources builds once.
 */

import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { runNode } from "../frame/child.mjs";
import { SetUpError } from "../frame/prepare.mjs";
import { root, scratch, tool } from "../frame/project.mjs";

const stamp = join(scratch, "built");
const dist = join(root, "dist");

export const build = {
  title: "build",

  missing() {
    if (!existsSync(dist)) return "compiling src to dist";
    const complete = sources().every((file) => existsSync(join(dist, file.replace(/\.ts$/, ".js"))));
    if (complete && readStamp() === digest()) return undefined;
    return "compiling again: src has changed";
  },

  async run() {
    // Beside dist, not below .skein: the source maps inside point to ../src.
    const fresh = join(root, `.dist-${process.pid}`);
    const old = join(root, `.dist-${process.pid}-old`);
    const built = digest();
    try {
      const { code, output } = await runNode([
        tool("@typescript/native", "tsc"),
        "-p",
        "tsconfig.build.json",
        "--outDir",
        fresh,
      ]);
      if (code !== 0) throw new SetUpError(`${output}\nThe sources do not compile; dist is as it was.`);
      makeCommandsExecutable(fresh);
      if (existsSync(dist)) renameSync(dist, old);
      renameSync(fresh, dist);
    } finally {
      for (const folder of [fresh, old]) rmSync(folder, { recursive: true, force: true });
    }
    mkdirSync(scratch, { recursive: true });
    writeFileSync(stamp, built);
    return `${sources().length} files`;
  },
};

function sources() {
  return readdirSync(join(root, "src"), { recursive: true })
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".d.ts"))
    .toSorted();
}

function digest() {
  const hash = createHash("sha256");
  const inputs = [
    "package-lock.json",
    "tsconfig.json",
    "tsconfig.build.json",
    ...sources().map((file) => join("src", file)),
  ];
  for (const file of inputs)
    hash
      .update(file)
      .update("\0")
      .update(readFileSync(join(root, file)))
      .update("\0");
  return hash.digest("hex");
}

function readStamp() {
  return existsSync(stamp) ? readFileSync(stamp, "utf8") : undefined;
}

function makeCommandsExecutable(folder) {
  const { bin } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  for (const file of Object.values(bin)) {
    const path = join(folder, file.replace(/^\.\/dist\//, ""));
    if (existsSync(path)) chmodSync(path, 0o755);
  }
}
