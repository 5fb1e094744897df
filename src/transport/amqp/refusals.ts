/**
 * What the broker's and the client library's errors mean to a user. A channel's errors carry AMQP's reply code; those
 * of a handshake have it in their text only.
 */

import { BusRefusedError, BusUnreachableError, NotConnectedError } from "../../errors.js";

/** AMQP's reply codes that are told apart. */
export const reply = { accessRefused: 403, notFound: 404, resourceLocked: 405, notAllowed: 530 } as const;

/** The reply code of an error, when it has one. */
export function replyCode(error: unknown): number | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "number" ? code : undefined;
}

/** What was asked of the broker: for messages, and the permission (configure, write, read) that it takes. */
export interface Asked {
  /** Such as "to read the mailbox skein.a.box.w1". */
  readonly what: string;
  readonly subject: string;
  readonly permission: string;
}

/** An error of a channel as the user's: refused where the broker answered, not connected where it could not. */
export function asUserError(error: unknown, url: string, asked: Asked): Error {
  const code = replyCode(error);
  if (code === undefined) return new NotConnectedError(url, asked.what);
  const remedy =
    code === reply.accessRefused
      ? `Give the user the permission ${asked.permission} on ${JSON.stringify(asked.subject)}.`
      : "Look into the broker's log, and whether something else uses this name.";
  return new BusRefusedError(url, asked.what, remedy, { subject: asked.subject, cause: error });
}

/** Why connecting failed, when trying again would not help; undefined when it might. */
export function finalRefusal(
  error: unknown,
  url: string,
  user: string,
  vhost: string,
): BusRefusedError | BusUnreachableError | undefined {
  const text = error instanceof Error ? error.message : String(error);
  if (/\b403\b.*ACCESS.REFUSED/i.test(text)) {
    const remedy = "Check user and password, and whether this user may connect from here.";
    return new BusRefusedError(url, `user ${JSON.stringify(user)}`, remedy, { cause: error });
  }
  // The library says what came instead of the virtual host's opening, and not what it was closed with.
  if (/ConnectionOpenOk.*ConnectionClose/.test(text)) {
    const remedy =
      "Check the path of the URL: it is the virtual host's name, which must exist and be granted to " +
      `${JSON.stringify(user)} (rabbitmqctl set_permissions -p <virtual host> <user> …).`;
    const what = `the virtual host ${JSON.stringify(vhost)}`;
    return new BusRefusedError(url, what, remedy, { subject: vhost, cause: error });
  }
  const { code } = error as NodeJS.ErrnoException;
  const isCertificate = typeof code === "string" && /CERT|TLS|SSL|SELF_SIGNED|ISSUER|EPROTO/.test(code);
  if (!isCertificate) return undefined;
  const remedy =
    "Check that this port speaks TLS (5671, unless the broker's configuration says otherwise), the host's name, and " +
    "the certificate of who signed the broker's (--tls-ca, `caFile`).";
  return new BusUnreachableError(url, "TLS could not be agreed on", remedy, error);
}
