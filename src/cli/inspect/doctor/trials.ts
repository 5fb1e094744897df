/**
 * Tries each thing that Skein needs of a bus, as the user one connects as, and tells what is refused.
 *
 *   1. Nothing that others see changes: mailboxes are of nobody, an announcement says nothing, a lease that could be
 *      taken is given back at once, and nothing is written into the journal.
 *   2. A journal and a lease that were not there yet are, afterwards: a scheduler would have made the same.
 */

import { setTimeout as pause } from "node:timers/promises";
import { uniqueId } from "../../../collections/unique.js";
import { BusRefusedError } from "../../../errors.js";
import { mailboxName, peerId, sharedName, type Namespace, type Role } from "../../../protocol/addresses.js";
import { defaultTiming } from "../../../protocol/timing.js";
import type { Transport } from "../../../transport/transport.js";
import { isNats } from "./broker.js";

export interface Trial {
  readonly what: string;
  /** The name that it was tried on. */
  readonly subject: string;
  /** `missing`: the broker has no such thing, whoever asks. */
  readonly outcome: "held" | "refused" | "missing" | "failed";
  readonly why?: string;
  /** The roles that need it. */
  readonly roles: readonly Role[];
}

interface Attempt {
  readonly what: string;
  readonly subject: string;
  readonly roles: readonly Role[];
  /** Needs what only a bus with journals has. */
  readonly kept?: true;
  try(): Promise<void>;
}

/** How long a refusal that comes beside the answer may take to be told. */
const settleMs = 30;

/** @param troubles where the transport puts what went wrong outside of calls. */
export async function tryAll(
  transport: Transport,
  space: Namespace,
  troubles: Error[],
  hasJournals: boolean,
): Promise<Trial[]> {
  const trials: Trial[] = [];
  for (const attempt of attemptsOn(transport, space))
    trials.push(await outcomeOf(attempt, transport, troubles, hasJournals));
  return trials;
}

async function outcomeOf(
  attempt: Attempt,
  transport: Transport,
  troubles: Error[],
  hasJournals: boolean,
): Promise<Trial> {
  const { what, subject, roles, kept } = attempt;
  const about = { what, subject, roles };
  if (kept === true && !hasJournals)
    return { ...about, outcome: "missing", why: "the broker keeps no journals" };
  troubles.length = 0;
  try {
    await attempt.try();
    await transport.drain();
    await pause(settleMs);
  } catch (error) {
    troubles.unshift(error as Error);
  }
  const refusal = troubles.find((error) => error instanceof BusRefusedError) ?? troubles[0];
  if (refusal === undefined) return { ...about, outcome: "held" };
  // A channel that the broker closed for it is opened anew a moment later.
  await untilConnected(transport);
  const outcome = refusal instanceof BusRefusedError ? "refused" : "failed";
  return { ...about, outcome, why: shortly(refusal) };
}

/** What was refused; where and to whom stands above the list already. */
function shortly(error: Error): string {
  const refused = error instanceof BusRefusedError ? error.details?.refused : undefined;
  return typeof refused === "string" ? `refused ${refused}` : error.message;
}

function attemptsOn(transport: Transport, space: Namespace): Attempt[] {
  const inc = uniqueId();
  const box = (role: Role): string => mailboxName(space, peerId(role, "doctor", inc));
  const schedulers = sharedName(space, "presence", "schedulers");
  const journal = sharedName(space, "journal", "terms");
  const lease = sharedName(space, "lease", "scheduler");
  const blobs = sharedName(space, "blob", "doctor");
  const topic = sharedName(space, "topic", "doctor");
  const nobody = {
    onParcel: (): void => undefined,
    onJoined: (): void => undefined,
    onLeft: (): void => undefined,
  };
  const reading = (role: Role, roles: readonly Role[]): Attempt => ({
    ...{ what: `a mailbox of a ${role}`, subject: box(role), roles },
    try: async () => (await transport.mailbox(box(role), nobody)).close(),
  });
  const sending = (from: Role, to: Role, roles: readonly Role[]): Attempt => ({
    ...{ what: `sending to ${to}s`, subject: box(to), roles },
    async try() {
      const own = await transport.mailbox(`${box(from)}s`, nobody);
      own.send(box(to), { head: new Uint8Array(1), buffers: [] });
      await own.close();
    },
  });
  return [
    reading("client", ["client", "worker", "scheduler"]),
    reading("worker", ["worker"]),
    reading("scheduler", ["scheduler"]),
    sending("client", "scheduler", ["client", "worker", "scheduler"]),
    sending("client", "worker", ["client", "worker", "scheduler"]),
    sending("client", "client", ["worker", "scheduler"]),
    {
      ...{ what: "seeing who leads", subject: schedulers, roles: ["client", "worker", "scheduler"] },
      try: async () => (await transport.presence(schedulers, nobody)).close(),
    },
    {
      ...{ what: "saying that one leads", subject: schedulers, roles: ["scheduler"] },
      try: async () => (await transport.announce(schedulers, `doctor-${inc}`, new Uint8Array(0))).close(),
    },
    {
      ...{ what: "the lease", subject: lease, roles: ["scheduler"], kept: true },
      async try() {
        const options = { holder: "skein doctor", ttlMs: defaultTiming.leaseTtlMs, onLost: () => undefined };
        const trial = transport.lease(lease, options);
        if (await trial.acquire()) await trial.release();
      },
    },
    {
      ...{ what: "the journal", subject: journal, roles: ["scheduler"], kept: true },
      async try() {
        await (await transport.journal(journal)).bounds();
        if (isNats(transport)) await transport.tryWriting(journal);
      },
    },
    {
      ...{ what: "topics", subject: topic, roles: [] },
      async try() {
        const subscription = await transport.subscribe(topic, () => undefined);
        transport.broadcast(topic, new Uint8Array(1));
        await subscription.close();
      },
    },
    {
      ...{ what: "blobs", subject: blobs, roles: [], kept: true },
      async try() {
        const store = await transport.blobs(blobs);
        await store.put(inc, new Uint8Array(1));
        await store.get(inc);
        await store.delete(inc);
        if (isNats(transport)) await transport.forgetBlobs(blobs);
      },
    },
  ];
}

async function untilConnected(transport: Transport): Promise<void> {
  const giveUpAt = performance.now() + 2_000;
  while (transport.status !== "connected" && performance.now() < giveUpAt) await pause(20);
}
