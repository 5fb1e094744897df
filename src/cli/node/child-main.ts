/** The program of a supervised process: waits to be told what it is, serves, and ends when told, or left alone. */

import { toWireError } from "../../protocol/wire-error.js";
import type { FromChild, ToChild } from "./plan.js";
import { serveScheduler } from "./serve-scheduler.js";
import { serveWorker } from "./serve-worker.js";
import type { Serving, ServingEvents } from "./serving.js";

/** Exit codes of its own: it cannot start, and it cannot go on. */
const cannotStart = 3;
const cannotGoOn = 4;
const mustEnd = 5;

let serving: Promise<Serving> | undefined;
let isEnding = false;

function tell(message: FromChild): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined || !process.connected) resolve();
    else process.send(message, () => resolve());
  });
}

async function refuse(error: unknown, code: number): Promise<void> {
  await tell({ type: "refused", error: toWireError(error, "user") });
  process.exit(code);
}

const events: ServingEvents = {
  onRunning: (peer) => void tell({ type: "running", peer }),
  onEnding: (how) => void tell({ type: "ending", how }).then(() => process.exit(mustEnd)),
  onEnded: (error) => void refuse(error, cannotGoOn),
};

async function start({ plan, replaces }: Extract<ToChild, { type: "start" }>): Promise<void> {
  try {
    serving = plan.role === "worker" ? serveWorker(plan, replaces, events) : serveScheduler(plan, events);
    await serving;
    await tell({ type: "ready" });
  } catch (error) {
    await refuse(error, cannotStart);
  }
}

async function end(how: "drain" | "stop", reason: string): Promise<void> {
  if (isEnding && how === "drain") return;
  isEnding = true;
  try {
    await (await serving)?.[how](reason);
  } catch (error) {
    // What cannot be let go of goes with the process.
    process.stderr.write(`leaving was not in good order: ${String(error)}\n`);
  }
  process.exit(0);
}

process.on("message", (message: ToChild) => {
  if (message.type === "start") void start(message);
  else void end(message.type, message.reason);
});
// The supervisor hears signals to the group, too, and says what is to be done about them.
process.on("SIGINT", () => undefined);
process.on("SIGTERM", () => void end(isEnding ? "stop" : "drain", "SIGTERM"));
process.on("disconnect", () => void end("stop", "its supervisor is gone"));
