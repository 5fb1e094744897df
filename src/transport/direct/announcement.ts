/**
 * What is said on the bus of a mailbox that takes direct connections: where it is, and by which token one comes in.
 * The bus is open to others, so what is read there is checked.
 */

import { createHash } from "node:crypto";
import * as z from "zod";
import { idBytes, tokenBytes } from "./greeting.js";

export interface Announcement {
  /** The mailbox. */
  readonly address: string;
  /** The process that has it, as it calls itself in greetings. */
  readonly id: Buffer;
  readonly token: Buffer;
  readonly host: string;
  /** 0: it dials others, and cannot be dialed. */
  readonly port: number;
}

const most = 4_096;

/** Bytes as text, of exactly so many bytes. */
const bytes = (length: number): z.ZodType<Buffer> =>
  z
    .string()
    .regex(/^[A-Za-z0-9_-]+$/)
    .transform((text) => Buffer.from(text, "base64url"))
    .refine((decoded) => decoded.length === length);

const schema = z.object({
  v: z.literal(1),
  address: z.string().min(1).max(1_024),
  id: bytes(idBytes),
  token: bytes(tokenBytes),
  host: z.string().max(253),
  port: z.int().min(0).max(65_535),
});

export function writeAnnouncement({ address, id, token, host, port }: Announcement): Uint8Array {
  const text = {
    v: 1,
    address,
    id: id.toString("base64url"),
    token: token.toString("base64url"),
    host,
    port,
  };
  return new TextEncoder().encode(JSON.stringify(text));
}

/** The announcement, or undefined when it is none that is understood here. */
export function readAnnouncement(info: Uint8Array): Announcement | undefined {
  if (info.length > most) return undefined;
  try {
    return schema.safeParse(JSON.parse(new TextDecoder().decode(info))).data;
  } catch {
    return undefined;
  }
}

/** The name under which a mailbox is announced: one token, whatever characters the address has. */
export function announcedName(address: string): string {
  return createHash("sha256").update(address).digest("base64url").slice(0, 32);
}
