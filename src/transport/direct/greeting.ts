/**
 * The first bytes on a direct connection. Who dials says whom it believes to have reached, by the target's token, and
 * who it is itself; who was dialed answers with its own id. Token and id are known only from the bus, so each has
 * shown to the other that it reads there, and a stranger that has come by a port learns nothing of use.
 *
 *   hello    "SKN1", token of the target (32 bytes), id of the dialer (16 bytes)
 *   welcome  "SKN1", id of the target (16 bytes)
 */

import { randomBytes, timingSafeEqual } from "node:crypto";

const magic = Buffer.from("SKN1", "latin1");
export const tokenBytes = 32;
export const idBytes = 16;
export const helloBytes = magic.length + tokenBytes + idBytes;
export const welcomeBytes = magic.length + idBytes;

/** One process's end of all its direct connections: new at each start. */
export interface Identity {
  readonly id: Buffer;
  /** Whoever shows it may come in. */
  readonly token: Buffer;
}

export function newIdentity(): Identity {
  return { id: randomBytes(idBytes), token: randomBytes(tokenBytes) };
}

export function hello(targetToken: Uint8Array, id: Uint8Array): Buffer {
  return Buffer.concat([magic, targetToken, id]);
}

export function welcome(id: Uint8Array): Buffer {
  return Buffer.concat([magic, id]);
}

/** Who it is that says hello; or what is wrong. */
export function readHello(bytes: Uint8Array, self: Identity): { id: string } | "preamble" | "token" {
  if (!magic.equals(bytes.subarray(0, magic.length))) return "preamble";
  const idAt = magic.length + tokenBytes;
  if (!timingSafeEqual(bytes.subarray(magic.length, idAt), self.token)) return "token";
  return { id: nameOf(bytes.subarray(idAt, helloBytes)) };
}

/** Whether this is the welcome of whom was dialed. */
export function isWelcomeOf(bytes: Uint8Array, id: Uint8Array): boolean {
  return magic.equals(bytes.subarray(0, magic.length)) && timingSafeEqual(bytes.subarray(magic.length), id);
}

/** Ids and tokens as text. */
export function nameOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64url");
}
