/**
 * Which tests run side by side. What breaks clusters of real processes spends most of its time waiting (for a lease to
 * run out, for a worker to be given up); everything else computes meanwhile. Each lane is one mocha, and runs its files
 * one after the other.
 */

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "../frame/project.mjs";

/** Beginnings of paths below `test`. */
const waiting = ["integration/failover/", "integration/bus-", "integration/hybrid-"];

/** Every file of tests, in exactly one lane. A lane without files is left out. */
export function lanes() {
  const files = readdirSync(join(root, "test"), { recursive: true })
    .filter((file) => file.endsWith(".test.ts"))
    .map((file) => file.replaceAll("\\", "/"))
    .toSorted();
  const waits = (file) => waiting.some((beginning) => file.startsWith(beginning));
  return [files.filter(waits), files.filter((file) => !waits(file))]
    .filter((lane) => lane.length > 0)
    .map((lane) => lane.map((file) => join("test", file)));
}
