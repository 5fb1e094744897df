/**
 * The first connect: tried again until it succeeds, is refused, or its time is over. Every later one is the client's own,
 * which never gives up.
 */

import type { NatsConnection, NodeConnectionOptions } from "@nats-io/transport-node";
import { connect, errors } from "@nats-io/transport-node";
import { BusRefusedError, BusUnreachableError, SkeinError } from "../../errors.js";
import type { TlsOptions } from "../connect-options.js";
import { defaultConnectTimeoutMs } from "../connect-options.js";
import type { Servers } from "./login.js";
import { authenticatorOf, serversOf } from "./login.js";
import type { NatsOptions } from "./nats-options.js";
import { defaultPrefix, oldestServer } from "./nats-options.js";
import { probe } from "./probe.js";
import { refusedLogin } from "./refusal.js";

const betweenTriesMs = 100;

/**
 * @param url as it is shown to people.
 * @throws BusUnreachableError when no server answers within `connectTimeoutMs`, or answers that it is none.
 * @throws BusRefusedError when the server refuses who connects, or is too old.
 */
export async function dial(url: string, options: NatsOptions): Promise<NatsConnection> {
  const servers = serversOf(options.url);
  const settings = settingsOf(options, servers);
  const withinMs = options.connectTimeoutMs ?? defaultConnectTimeoutMs;
  const giveUpAt = performance.now() + withinMs;
  const leftMs = (): number => Math.max(1, giveUpAt - performance.now());
  for (;;) {
    try {
      await Promise.any(servers.addresses.map((address) => probe(address, leftMs())));
      return await checked(url, await connect({ ...settings, timeout: leftMs() }));
    } catch (error) {
      const cause = lastOf(error);
      if (cause instanceof SkeinError) throw cause;
      if (cause instanceof errors.AuthorizationError) throw refusedLogin(url, cause);
      if (leftMs() <= betweenTriesMs || isFinal(cause)) throw unreachable(url, withinMs, cause);
      await new Promise((resolve) => setTimeout(resolve, betweenTriesMs));
    }
  }
}

function settingsOf(options: NatsOptions, servers: Servers): NodeConnectionOptions {
  const authenticator = authenticatorOf(options, servers);
  const { name, prefix = defaultPrefix } = options;
  return {
    servers: [...servers.addresses],
    // A first connect that fails is told to the caller; from then on the client tries for ever, whatever the server says.
    maxReconnectAttempts: -1,
    ignoreAuthErrorAbort: true,
    reconnectTimeWait: 250,
    reconnectJitter: 100,
    reconnectJitterTLS: 100,
    pingInterval: 5_000,
    maxPingOut: 2,
    noAsyncTraces: true,
    inboxPrefix: options.inboxPrefix ?? `${prefix}.inbox`,
    ...(name === undefined ? {} : { name }),
    ...(authenticator === undefined ? {} : { authenticator }),
    ...(options.tls === undefined && !servers.isTls ? {} : { tls: tlsOf(options.tls ?? {}) }),
  };
}

function tlsOf({ insecure, ...files }: TlsOptions): NonNullable<NodeConnectionOptions["tls"]> {
  return insecure === true ? { ...files, rejectUnauthorized: false } : files;
}

async function checked(url: string, nc: NatsConnection): Promise<NatsConnection> {
  const version = nc.info?.version ?? "0.0.0";
  if (!isAtLeast(version, oldestServer)) {
    await nc.close();
    throw new BusRefusedError(
      url,
      `what is needed of it: its version is ${version}`,
      `Run nats-server ${oldestServer} or newer.`,
    );
  }
  return nc;
}

function isAtLeast(version: string, floor: string): boolean {
  const [have = [], need = []] = [version, floor].map((text) => text.split(/[.-]/, 3).map(Number));
  const at = need.findIndex((part, i) => part !== have[i]);
  return at === -1 || (have[at] ?? 0) > (need[at] ?? 0);
}

/** Of what several servers answered, the last. */
function lastOf(error: unknown): unknown {
  return error instanceof AggregateError ? (error.errors as unknown[]).at(-1) : error;
}

/** Whether trying again cannot help: it answers, and is not what it should be. */
function isFinal(cause: unknown): boolean {
  const { code } = (cause ?? {}) as { code?: unknown };
  const isTls = typeof code === "string" && /CERT|TLS|SSL|SELF_SIGNED|UNABLE_TO/.test(code);
  return (
    isTls ||
    (cause instanceof Error &&
      /protocol of NATS|certificate|doesn't exist|support 'tls'/i.test(cause.message))
  );
}

function unreachable(url: string, withinMs: number, cause: unknown): BusUnreachableError {
  const remedy = isFinal(cause)
    ? "Check that it is the address of a NATS server, whether it speaks TLS (tls:// asks for it), and the TLS options " +
      "(--tls-ca, `caFile`, is the certificate of who signed its own)."
    : "Start a server there (nats-server -js), or check address, port and network.";
  const tried = isFinal(cause) ? "it answers, but not as it should" : `tried for ${withinMs} ms`;
  return new BusUnreachableError(url, tried, remedy, cause);
}
