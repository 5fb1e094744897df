/**
 * Which tests run side by side. What breaks clusters of real processes spends most of its time waiting (for a lease to
 * run out, for a worker to be given up); other tests run meanwhile. Each lane is one mocha, and runs its files one after
 * the other.
 */

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "../frame/project.mjs";

/** Beginnings of paths below `test`: of what waits most, then of what starts most. One lane more has the rest. */
const apart = [
  ["integration/failover/"],
  ["bus-", "docker-", "flights", "hybrid-", "security-", "start"].map((name) => `integration/${name}`),
];

/** Every file of tests, in exactly one lane. A lane without files is left out. */
export function lanes() {
  const files = readdirSync(join(root, "test"), { recursive: true })
    .filter((file) => file.endsWith(".test.ts"))
    .map((file) => file.replaceAll("\\", "/"))
    .toSorted();
  const laneOf = (file) => apart.findIndex((lane) => lane.some((beginning) => file.startsWith(beginning)));
  return [...apart.keys(), -1]
    .map((lane) => files.filter((file) => laneOf(file) === lane).map((file) => join("test", file)))
    .filter((lane) => lane.length > 0);
}
