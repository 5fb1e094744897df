/** Says that an id is here: at once, when somebody asks, after each reconnect, and each beat; and goodbye at the end. */

import { randomBytes } from "node:crypto";
import type { Subscription } from "../transport.js";
import type { Beacon } from "./beacon.js";
import { encodeBeacon } from "./beacon.js";
import type { Connection } from "./connection.js";

/** Where a watcher that has just come asks for everyone; not the group's own subject, or each would hear all others. */
export const questionsOf = (group: string): string => `${group}.who`;

export async function announce(
  connection: Connection,
  group: string,
  id: string,
  info: Uint8Array,
  beatMs: number,
): Promise<Subscription> {
  const mark = randomBytes(4).toString("hex");
  const said = info.slice();
  const say = (kind: Beacon["kind"]): boolean =>
    connection.publish(group, encodeBeacon({ kind, id, mark, info: said }));
  const questions = await connection.subscribe(questionsOf(group), () => void say("here"));
  say("here");
  const timer = setInterval(() => void say("here"), beatMs).unref();
  const unwatch = connection.watch((status) => {
    if (status === "connected") say("here");
  });
  let isOver = false;
  return {
    close: async () => {
      if (isOver) return;
      isOver = true;
      clearInterval(timer);
      unwatch();
      say("bye");
      await questions.close();
    },
  };
}
