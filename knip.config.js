/** What counts as used: everything reached from the package's entry points, the command line, the scripts and the tests. */

import { readFileSync } from "node:fs";

const { exports } = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8"));
const entryPoints = Object.values(exports)
  .filter((target) => typeof target === "object")
  .map((target) => target.default.replace("./dist/", "src/").replace(/\.js$/, ".ts"));

export default {
  entry: [
    ...entryPoints,
    "src/cli/main.ts",
    // Loaded by its address, in the thread that loads modules.
    "src/executor/functions/module-hooks.ts",
    // Forked as programs.
    "src/cli/node/child-main.ts",
    "scripts/{build,lock,start,test}.mjs",
    "scripts/mocha/reporter.mjs",
    "examples/**/*.ts",
    "bench/**/*.ts",
    "test/**/*.test.ts",
  ],
  project: ["src/**/*.ts", "test/**/*.ts", "examples/**/*.ts", "bench/**/*.ts", "scripts/**/*.mjs"],
  // Started by the scripts as programs, not imported.
  ignoreDependencies: [
    "@arethetypeswrong/cli",
    "@typescript/native",
    "dependency-cruiser",
    "oxlint",
    "oxlint-tsgolint",
    "publint",
  ],
  // Of the machine, not of a package; the set-up step `brokers` sees to the servers.
  ignoreBinaries: ["nats-server", "openssl"],
  ignoreExportsUsedInFile: { interface: true, type: true },
};
