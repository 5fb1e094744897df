/** What the processes of a group are doing that should have ended: for whoever is to find out why. Where there is a /proc. */

import { existsSync, readdirSync, readFileSync } from "node:fs";

/** A line for each process of the group, and one for each of its threads. */
export function stillThere(group) {
  if (!existsSync("/proc/self/stat")) return [];
  return readdirSync("/proc")
    .filter((pid) => /^\d+$/.test(pid) && groupOf(pid) === group)
    .flatMap((pid) => [`${pid}: ${commandOf(pid)}`, ...threadsOf(pid)]);
}

function groupOf(pid) {
  // After the name, which may have anything in it: state, parent, group.
  return Number(text(`/proc/${pid}/stat`).split(") ").at(-1).split(" ")[2]);
}

function commandOf(pid) {
  return text(`/proc/${pid}/cmdline`).replaceAll("\0", " ").slice(0, 200);
}

function threadsOf(pid) {
  return list(`/proc/${pid}/task`).map((thread) => {
    const at = `/proc/${pid}/task/${thread}`;
    const [state, ...fields] = text(`${at}/stat`).split(") ").at(-1).split(" ");
    // 0 where it waits for nothing.
    const waitsIn = text(`${at}/wchan`);
    return `  ${text(`${at}/comm`).trim()}: ${state}, waits in ${waitsIn}, ${fields[10]} ticks in user code`;
  });
}

function list(path) {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function text(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
