/** Who connects: from the options, else from the URL. Files are read at each connect, so that they can be renewed in place. */

import { readFileSync } from "node:fs";
import type { Authenticator } from "@nats-io/transport-node";
import {
  credsAuthenticator,
  nkeyAuthenticator,
  tokenAuthenticator,
  usernamePasswordAuthenticator,
} from "@nats-io/transport-node";
import { InvalidArgumentError, describe } from "../../errors.js";
import type { NatsOptions } from "./nats-options.js";

export interface Servers {
  /** `host:port`, without anything secret. */
  readonly addresses: readonly string[];
  /** Whether the scheme asks for TLS. */
  readonly isTls: boolean;
  readonly user: string | undefined;
  readonly password: string | undefined;
}

const schemes = ["nats:", "tls:"];
const defaultPort = "4222";

/** @throws InvalidArgumentError for what is no address of a NATS server. */
export function serversOf(url: string): Servers {
  const parts = url.split(",").map((part) => parse(part.trim()));
  const [first] = parts;
  return {
    addresses: parts.map(({ hostname, port }) => `${hostname}:${port === "" ? defaultPort : port}`),
    isTls: parts.some(({ protocol }) => protocol === "tls:"),
    user: decoded(first?.username),
    password: decoded(first?.password),
  };
}

/** What answers the server's question who connects; undefined for nobody in particular. */
export function authenticatorOf(options: NatsOptions, servers: Servers): Authenticator | undefined {
  const { credentialsFile, nkeySeedFile } = options;
  if (credentialsFile !== undefined) {
    const read = (): Uint8Array => readSecret("credentialsFile", credentialsFile);
    read();
    return (nonce) => credsAuthenticator(read())(nonce);
  }
  if (nkeySeedFile !== undefined) {
    const read = (): Uint8Array => trimmed(readSecret("nkeySeedFile", nkeySeedFile));
    read();
    return (nonce) => nkeyAuthenticator(read())(nonce);
  }
  if (options.token !== undefined) return tokenAuthenticator(options.token);
  const user = options.user ?? servers.user;
  const password = options.password ?? servers.password;
  if (user === undefined) return undefined;
  // In a URL, a user alone is a token: NATS's own convention.
  if (options.user === undefined && password === undefined) return tokenAuthenticator(user);
  return usernamePasswordAuthenticator(user, password);
}

function parse(part: string): URL {
  const url = URL.canParse(part) ? new URL(part) : undefined;
  if (url === undefined || url.hostname === "" || !schemes.includes(url.protocol)) {
    throw new InvalidArgumentError(
      "url",
      `got ${describe(part.replace(/\/\/[^@/]*@/, "//"))}`,
      "Give the address of a NATS server, such as nats://127.0.0.1:4222 or tls://bus.example.org:4222.",
    );
  }
  return url;
}

function decoded(text: string | undefined): string | undefined {
  return text === undefined || text === "" ? undefined : decodeURIComponent(text);
}

function readSecret(argument: string, file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw new InvalidArgumentError(argument, `${file} cannot be read: ${problem}`, "Give a file that can.");
  }
}

function trimmed(bytes: Uint8Array): Uint8Array {
  return new TextEncoder().encode(new TextDecoder().decode(bytes).trim());
}
