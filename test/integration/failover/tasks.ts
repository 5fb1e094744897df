/**
 * The tasks of tasks.fixture.ts for a client that does not load that module: it is the workers' installation that runs
 * them, which may be compiled while the tests are not. A task is known by its module and its name.
 */

import type { Delayed as InstalledDelayed } from "skein";
import { defineTask, type Delayed } from "../../../src/index.js";
import type * as Fixture from "./tasks.fixture.js";

const home = new URL("./tasks.fixture.ts", import.meta.url).href;

/** The same task, as the types of the sources see it. */
type Here<T> = T extends InstalledDelayed<infer A, infer R> ? Delayed<A, R> : never;

function elsewhere<K extends keyof typeof Fixture>(name: K): Here<(typeof Fixture)[K]> {
  return defineTask(home, name, () => {
    throw new Error(`${name} was called where it does not run`);
  }) as unknown as Here<(typeof Fixture)[K]>;
}

export const step = elsewhere("step");
export const block = elsewhere("block");
export const first = elsewhere("first");
export const untilFile = elsewhere("untilFile");
export const poison = elsewhere("poison");
export const hoard = elsewhere("hoard");
export const hoardOutside = elsewhere("hoardOutside");
