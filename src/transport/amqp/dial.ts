/** From connection options to two open connections: one to publish, which an alarm may block, and one to consume. */

import { readFile } from "node:fs/promises";
import type { ChannelModel, Options, SocketOptions } from "amqplib";
import { connect } from "amqplib";
import { InvalidArgumentError } from "../../errors.js";
import type { ConnectOptions, TlsOptions } from "../connect-options.js";
import { shownUrl } from "../connect-options.js";
import { Session } from "./session.js";

const heartbeatSeconds = 10;

/** How to connect, as the client library takes it. */
export interface Dial {
  readonly url: string;
  readonly user: string;
  readonly vhost: string;
  readonly name: string;
  readonly options: Options.Connect;
  readonly socket: SocketOptions;
}

/** @throws InvalidArgumentError for a URL that is none of AMQP's. */
export async function dialOf(options: ConnectOptions): Promise<Dial> {
  const { url, name = "skein", tls } = options;
  const parts = URL.canParse(url) ? new URL(url) : undefined;
  const protocol = parts?.protocol.slice(0, -1);
  if (parts === undefined || (protocol !== "amqp" && protocol !== "amqps")) {
    throw new InvalidArgumentError(
      "url",
      `got ${shownUrl(url)}`,
      "Give amqp://host:5672 or amqps://host:5671.",
    );
  }
  const user = options.user ?? (decodeURIComponent(parts.username) || "guest");
  const password = options.password ?? (decodeURIComponent(parts.password) || "guest");
  const path = parts.pathname.slice(1);
  return {
    url: shownUrl(url),
    user,
    vhost: decodeURIComponent(path) || "/",
    name,
    options: {
      protocol,
      hostname: parts.hostname.replace(/^\[|\]$/g, "") || "127.0.0.1",
      ...(parts.port === "" ? {} : { port: Number(parts.port) }),
      username: user,
      password,
      vhost: path,
      heartbeat: heartbeatSeconds,
    },
    // Without noDelay each small exchange waits 40 ms for the other side's acknowledgement.
    socket: { noDelay: true, ...(await tlsOptions(tls)) },
  };
}

async function tlsOptions(tls: TlsOptions | undefined): Promise<SocketOptions> {
  if (tls === undefined) return {};
  const { caFile, certFile, keyFile, insecure } = tls;
  return {
    ...(caFile === undefined ? {} : { ca: await readFile(caFile) }),
    ...(certFile === undefined ? {} : { cert: await readFile(certFile) }),
    ...(keyFile === undefined ? {} : { key: await readFile(keyFile) }),
    ...(insecure === true ? { rejectUnauthorized: false } : {}),
  };
}

/** One try to open both connections; rejects with what the library says. */
export async function openSession(dial: Dial, timeoutMs: number): Promise<Session> {
  // One of the two may end while the other is still being made, when nobody else listens yet.
  let early: Error | undefined;
  const open = async (role: string): Promise<ChannelModel> => {
    const model = await connect(dial.options, {
      ...dial.socket,
      timeout: Math.max(1, Math.ceil(timeoutMs)),
      clientProperties: { connection_name: `${dial.name} (${role})` },
    });
    model.on("error", () => undefined);
    model.on("close", (error) => (early ??= error ?? new Error("the connection ended at once")));
    return model;
  };
  const tries = await Promise.allSettled([open("publish"), open("consume")]);
  const [publish, consume] = tries;
  if (publish.status === "fulfilled" && consume.status === "fulfilled" && early === undefined) {
    return new Session(publish.value, consume.value);
  }
  for (const each of tries) {
    if (each.status === "fulfilled") void close(each.value);
  }
  throw tries.find((each) => each.status === "rejected")?.reason ?? early;
}

/** One that has ended already throws at once. */
async function close(model: ChannelModel): Promise<void> {
  await model.close().catch(() => undefined);
}
