/**
 * What it costs to get a message from one actor to another in one process, everything included (codec, links, bus in
 * memory, turns of the event loop): `npx tsx bench/hops.ts`.
 */

import type { RuntimeInstruction, RuntimeStimulus } from "../src/actors/runtime/core.js";
import { ActorShell } from "../src/actors/runtime/actor-shell.js";
import { systemClock } from "../src/actors/runtime/system-clock.js";
import type { Role } from "../src/protocol/addresses.js";
import { mailboxName, peerId } from "../src/protocol/addresses.js";
import type { Message } from "../src/protocol/messages.js";
import { MemoryBus } from "../src/transport/memory/memory-bus.js";

type Answer = (message: Message) => readonly [to: string, message: Message] | undefined;

const space = { prefix: "skein", cluster: "bench" };
const client = peerId("client", "c", "1");
const scheduler = peerId("scheduler", "s", "1");
const worker = peerId("worker", "w", "1");

/** An actor that answers each message with at most one. */
async function actor(bus: MemoryBus, role: Role, id: string, answer: Answer) {
  let asks: RuntimeInstruction[] = [];
  return ActorShell.start<RuntimeStimulus, RuntimeInstruction>({
    id,
    hello: { kind: "hello", role, name: role, versions: [1, 1] },
    core: {
      handle(stimulus) {
        const reply = stimulus.type === "message" ? answer(stimulus.message) : undefined;
        if (reply !== undefined) asks.push({ type: "send", to: reply[0], message: reply[1] });
      },
      drain() {
        const drained = asks;
        asks = [];
        return drained;
      },
      nextTimer: () => undefined,
    },
    post: await bus.connect(),
    address: (peer) => mailboxName(space, peer),
    clock: systemClock,
    perform: () => undefined,
    onFailed: (error) => {
      throw error;
    },
  });
}

function percentiles(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (part: number): string => (sorted[Math.floor(sorted.length * part)] ?? NaN).toFixed(0);
  return `median ${at(0.5)} µs, p90 ${at(0.9)} µs, p99 ${at(0.99)} µs`;
}

const bus = new MemoryBus();
let arrived: () => void = () => undefined;
const run = Float64Array.of(1);

await actor(bus, "worker", worker, (message) =>
  message.kind === "cancelRuns" ? [scheduler, { kind: "started", runs: message.runs }] : undefined,
);
await actor(bus, "scheduler", scheduler, (message) => {
  if (message.kind === "want") return [worker, { kind: "cancelRuns", why: "cancel", runs: run }];
  return message.kind === "started" ? [client, { kind: "accepted", graphId: "g" }] : undefined;
});
const asking = await actor(bus, "client", client, () => {
  arrived();
  return undefined;
});

async function roundTrip(): Promise<number> {
  const begin = performance.now();
  await new Promise<void>((resolve) => {
    arrived = resolve;
    asking.send(scheduler, { kind: "want", keys: ["k"] });
  });
  return (performance.now() - begin) * 1_000;
}

for (let i = 0; i < 1_000; i += 1) await roundTrip();
const busy: number[] = [];
for (let i = 0; i < 5_000; i += 1) busy.push(await roundTrip());
const idle: number[] = [];
for (let i = 0; i < 200; i += 1) {
  await new Promise((resolve) => setTimeout(resolve, 5));
  idle.push(await roundTrip());
}
console.log("client → scheduler → worker → scheduler → client");
console.log("  one after the other:", percentiles(busy));
console.log("  after 5 ms of idling:", percentiles(idle));
