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
import { busUrls, shownUrl } from "../connect-options.js";
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
  const parts = busUrls(url).map(parse);
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
    const authenticator: Authenticator = (nonce) => credsAuthenticator(read())(nonce);
    mustWork("credentialsFile", credentialsFile, authenticator);
    return authenticator;
  }
  if (nkeySeedFile !== undefined) {
    const read = (): Uint8Array => trimmed(readSecret("nkeySeedFile", nkeySeedFile));
    const authenticator: Authenticator = (nonce) => nkeyAuthenticator(read())(nonce);
    mustWork("nkeySeedFile", nkeySeedFile, authenticator);
    return authenticator;
  }
  if (options.token !== undefined) return tokenAuthenticator(options.token);
  const user = options.user ?? servers.user;
  const password = options.password ?? servers.password;
  if (user === undefined) return undefined;
  // In a URL, a user alone is a token: NATS's own convention.
  if (options.user === undefined && password === undefined) return tokenAuthenticator(user);
  return usernamePasswordAuthenticator(user, password);
}

/** A file that holds something else would be told of as a server that cannot be reached. */
function mustWork(argument: string, file: string, authenticator: Authenticator): void {
  try {
    void authenticator("a nonce");
  } catch (error) {
    if (error instanceof InvalidArgumentError) throw error;
    const problem = error instanceof Error ? error.message : String(error);
    const remedy =
      argument === "nkeySeedFile"
        ? "Give the file with the seed, which begins with SU."
        : "Give a .creds file, as `nsc generate creds` writes it.";
    throw new InvalidArgumentError(argument, `${file} is of no use: ${problem}`, remedy);
  }
}

function parse(part: string): URL {
  const url = URL.canParse(part) ? new URL(part) : undefined;
  if (url === undefined || url.hostname === "" || !schemes.includes(url.protocol)) {
    throw new InvalidArgumentError(
      "url",
      `got ${describe(shownUrl(part))}`,
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
