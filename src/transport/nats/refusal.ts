/** The client's errors as Skein's. The client wraps causes in one another, so the whole chain is looked at. */

import { JetStreamApiCodes, JetStreamApiError } from "@nats-io/jetstream";
import { errors } from "@nats-io/transport-node";
import { BusRefusedError, NotConnectedError, SkeinError } from "../../errors.js";

export function refusedLogin(url: string, cause: unknown): BusRefusedError {
  return new BusRefusedError(
    url,
    "who connects",
    "Check user and password, token, credentials file or nkey.",
    { cause },
  );
}

function refusedSubject(
  url: string,
  cause: InstanceType<typeof errors.PermissionViolationError>,
): BusRefusedError {
  const { operation, subject } = cause;
  const verb = operation === "publish" ? "to publish to" : "to subscribe to";
  return new BusRefusedError(
    url,
    `${verb} ${subject}`,
    `Give this user the permission to ${operation === "publish" ? "publish" : "subscribe"} there.`,
    {
      subject,
      cause,
    },
  );
}

/** A server, or an account on it, that has no JetStream. */
export function withoutJetStream(url: string, what: string, cause: unknown): BusRefusedError {
  return new BusRefusedError(
    url,
    `${what}: JetStream is not enabled there`,
    "Start the server with -js (or `jetstream {}` in its configuration), and enable it for this account.",
    { cause, isMissing: true },
  );
}

/** Whether nobody answered what was asked. */
export function isUnanswered(error: unknown): boolean {
  return causesOf(error).some((each) => each instanceof errors.NoRespondersError);
}

/** What went wrong in something asked of the server, or in between. */
export function explained(url: string, what: string, error: unknown): Error {
  if (error instanceof SkeinError) return error;
  const chain = causesOf(error);
  for (const each of chain) {
    if (each instanceof errors.PermissionViolationError) return refusedSubject(url, each);
    if (each instanceof errors.AuthorizationError || each instanceof errors.UserAuthenticationExpiredError)
      return refusedLogin(url, each);
    if (each instanceof JetStreamApiError && each.code === JetStreamApiCodes.JetStreamNotEnabledForAccount)
      return withoutJetStream(url, what, error);
  }
  if (
    chain.some(
      (each) =>
        each instanceof errors.TimeoutError ||
        each instanceof errors.RequestError ||
        each instanceof errors.ClosedConnectionError,
    )
  ) {
    return new NotConnectedError(url, what);
  }
  if (chain.some((each) => each instanceof JetStreamApiError)) {
    return new BusRefusedError(
      url,
      what,
      "Look into the server's log, and at its limits on storage and streams.",
      {
        cause: error,
      },
    );
  }
  return error instanceof Error ? error : new Error(String(error));
}

function causesOf(error: unknown): unknown[] {
  const chain: unknown[] = [];
  for (
    let each = error;
    each !== undefined && chain.length < 8;
    each = each instanceof Error ? each.cause : undefined
  )
    chain.push(each);
  return chain;
}
