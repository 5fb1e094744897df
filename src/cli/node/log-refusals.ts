/** Messages that were not taken, in the log: somebody speaks another version, or the bus is open to others. */

import type { ShellPlace } from "../../client/place/neighbourhood.js";
import { LineLimit } from "./line-limit.js";
import type { Log } from "./log.js";

export function logRefusals(log: Log): NonNullable<ShellPlace["onRefused"]> {
  const lines = new LineLimit((why, count) => log.warn({ why, count }, "and more messages of this kind"));
  return (why, detail, from) => {
    if (lines.isFree(why)) log.warn({ why, detail, from }, "a message was refused");
  };
}
