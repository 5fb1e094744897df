/**
 * How whole names become exchanges, routing keys and queues. Everything stays below `prefix.cluster.`, so that one
 * pattern, `^prefix\.cluster\.`, is all the permission that is needed.
 */

import { createHash, randomBytes } from "node:crypto";

/** A name of AMQP has at most 255 bytes; the rest is for what is put behind it. Prefix and cluster have at most 162. */
const longestName = 200;
const digestLength = 32;

/** The cluster's exchange: direct, with whole names as routing keys. */
export function exchangeOf(name: string): string {
  return `${name.split(".", 2).join(".")}.bus`;
}

/** The name as routing key or queue: as it is, or when that is too long its beginning and a digest. */
export function keyOf(name: string): string {
  if (Buffer.byteLength(name) <= longestName) return name;
  const digest = createHash("sha256").update(name).digest("hex").slice(0, digestLength);
  return `${name.slice(0, longestName - digestLength - 1)}.${digest}`;
}

/** A queue for one connection's reading of a name: what an earlier connection left behind cannot be in its way. */
export function freshQueue(name: string): string {
  return `${keyOf(name)}.${randomBytes(6).toString("hex")}`;
}

/** The queue of something that a user named, below the name of what holds it. */
export function queueBelow(name: string, key: string): string {
  const token = /^[A-Za-z0-9_-]{1,40}$/.test(key) ? key : createHash("sha256").update(key).digest("hex");
  return keyOf(`${name}.${token}`);
}
