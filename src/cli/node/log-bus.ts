/** What the connection to the bus does, in the log. */

import type { Transport } from "../../transport/transport.js";
import type { Log } from "./log.js";

const words = {
  connected: "the bus is there",
  blocked: "the bus takes nothing for now",
  disconnected: "the bus is away; work goes on, and what is said waits",
  closed: "the connection to the bus is closed",
} as const;

export function logBus(log: Log, transport: Transport): void {
  transport.watch((status) =>
    log[status === "connected" || status === "closed" ? "info" : "warn"](words[status]),
  );
}
