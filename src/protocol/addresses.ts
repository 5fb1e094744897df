/**
 * Who is who: incarnations, and the names of their mailboxes and topics on a bus.
 *
 * A peer id names one incarnation, `role:name:inc`; once declared dead it never returns, a process that wakes up
 * registers under a new one. Names on a bus are built from tokens of letters, digits, `-` and `_`, so that they are
 * legal NATS subjects and RabbitMQ routing keys and nobody's name can reach into another's.
 */

import { InvalidArgumentError, describe } from "../errors.js";

export type Role = "scheduler" | "worker" | "client";

/** One incarnation of a scheduler, worker or client: `worker:w1:8f3a`. */
export type PeerId = string;

const token = /^[A-Za-z0-9_-]{1,80}$/;

/** The id of one incarnation. @throws InvalidArgumentError when a part has other characters than letters, digits, `-`, `_`. */
export function peerId(role: Role, name: string, inc: string): PeerId {
  return `${role}:${checkToken("name", name)}:${checkToken("inc", inc)}`;
}

/** The parts of a peer id, or undefined for a string that is none. */
export function parsePeerId(peer: string): { role: Role; name: string; inc: string } | undefined {
  const [role, name, inc, ...rest] = peer.split(":");
  if (role !== "scheduler" && role !== "worker" && role !== "client") return undefined;
  if (name === undefined || inc === undefined || rest.length > 0) return undefined;
  return token.test(name) && token.test(inc) ? { role, name, inc } : undefined;
}

/** What precedes every name that Skein uses on a bus. */
export interface Namespace {
  readonly prefix: string;
  readonly cluster: string;
}

/** A peer's mailbox on a bus: `skein.team-a.box.worker.w1.8f3a`. */
export function mailboxName(space: Namespace, peer: PeerId): string {
  const parts = parsePeerId(peer);
  if (parts === undefined) {
    throw new InvalidArgumentError(
      "peer",
      `got ${describe(peer)}`,
      "Make peer ids with peerId(role, name, inc).",
    );
  }
  return `${stem(space)}.box.${parts.role}.${parts.name}.${parts.inc}`;
}

/** A topic, lease, journal or blob of the cluster: `skein.team-a.topic.schedulers`. */
export function sharedName(
  space: Namespace,
  kind: "topic" | "lease" | "journal" | "blob" | "presence",
  name: string,
): string {
  return `${stem(space)}.${kind}.${checkToken("name", name)}`;
}

/** What the subjects begin with on which a bus answers the questions of such a peer: `skein.team-a.inbox.worker`. */
export function inboxName(space: Namespace, role: Role): string {
  return `${stem(space)}.inbox.${role}`;
}

/** Any text as a token: what is not allowed becomes `_`, cut to 80 characters. Different texts may become one. */
export function asToken(text: string): string {
  const made = text.replace(/[^A-Za-z0-9_-]/g, "_").slice(0, 80);
  return made === "" ? "_" : made;
}

function stem(space: Namespace): string {
  return `${checkToken("prefix", space.prefix)}.${checkToken("cluster", space.cluster)}`;
}

function checkToken(argument: string, text: string): string {
  if (token.test(text)) return text;
  throw new InvalidArgumentError(
    argument,
    `got ${describe(text)}`,
    "Use 1 to 80 letters, digits, - or _: it becomes part of a subject or queue name.",
  );
}
