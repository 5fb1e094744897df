/**
 * The lock file's gaps.
 *
 * A package with binaries names one optional package for each platform. Where the registry did not offer one of
 * them when the lock file was written, npm leaves it out, and then `npm ci` refuses the lock file, on every
 * platform. An entry without the digest, but with the platform it is for, is enough for npm to pass over it.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./project.mjs";

const file = join(root, "package-lock.json");
const platform =
  /(aix|android|darwin|freebsd|linux|netbsd|openbsd|openharmony|sunos|win32)-([a-z0-9]+)(?:-([a-z]+))?$/;

const read = () => JSON.parse(readFileSync(file, "utf8"));

/** The optional packages that others name and the lock file lacks, as `[name, version, entry of who names it]`. */
function gaps({ packages }) {
  return Object.entries(packages).flatMap(([path, entry]) =>
    Object.entries(entry.optionalDependencies ?? {})
      .filter(([name]) => !isResolved(packages, path, name))
      .map(([name, version]) => [name, version, entry]),
  );
}

/** Whether `name` is found from `path` upwards, as Node looks for it. */
function isResolved(packages, path, name) {
  const inside = path === "" ? `node_modules/${name}` : `${path}/node_modules/${name}`;
  if (packages[inside] !== undefined) return true;
  return (
    path !== "" && isResolved(packages, path.slice(0, Math.max(0, path.lastIndexOf("/node_modules/"))), name)
  );
}

/** The names of the packages that the lock file lacks. */
export const missingFromLockFile = () => gaps(read()).map(([name]) => name);

/** Adds what is missing. Gives the names of what it added. */
export function completeLockFile() {
  const lock = read();
  const added = gaps(lock);
  for (const [name, version, { dev }] of added) {
    const [, os, cpu, abi] = platform.exec(name) ?? [];
    if (os === undefined)
      throw new Error(`${name}@${version} is missing from the lock file, and its name tells no platform`);
    lock.packages[`node_modules/${name}`] = {
      version,
      cpu: [cpu],
      ...(dev === true ? { dev } : {}),
      ...(os === "linux" && abi !== undefined ? { libc: [abi.startsWith("musl") ? "musl" : "glibc"] } : {}),
      optional: true,
      os: [os],
    };
  }
  const { "": project, ...packages } = lock.packages;
  const sorted = Object.entries(packages).toSorted(([a], [b]) => a.localeCompare(b, "en"));
  lock.packages = { "": project, ...Object.fromEntries(sorted) };
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
  return added.map(([name]) => name);
}
