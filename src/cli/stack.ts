/** Where an error was thrown, as far as that concerns the user. */

import { fileURLToPath } from "node:url";
import { isOwnPath } from "./paths.js";

export interface StackFrame {
  /** The function's name; absent at the top of a module. */
  readonly name: string | undefined;
  readonly path: string;
  readonly line: number;
  readonly column: number;
}

/** The frames of the user's code, and of packages it uses, innermost first; none of Node and Skein. */
export function userFrames(error: Error): StackFrame[] {
  const found: StackFrame[] = [];
  for (const text of (error.stack ?? "").split("\n")) {
    const match = /^\s+at (?:(.*) \()?(?:async )?((?:file:\/\/)?[^()]+?)(?:\?[^():]*)?:(\d+):(\d+)\)?$/.exec(
      text,
    );
    if (match === null) continue;
    const [, name, place = "", line = "", column = ""] = match;
    const path = place.startsWith("file://") ? fileURLToPath(place) : place;
    if (isOwnPath(path)) continue;
    found.push({
      name: name === "<anonymous>" ? undefined : name,
      path,
      line: Number(line),
      column: Number(column),
    });
  }
  return found;
}
