/** The port that peers dial, and the host that they are told. */

import { createServer, type Server, type Socket } from "node:net";
import { networkInterfaces } from "node:os";
import { DataPortError } from "../../errors.js";

export interface ListenOptions {
  /** What to listen on. Default 127.0.0.1: peers of this machine alone. */
  readonly host?: string;
  /** Default 0: any that is free. */
  readonly port?: number;
  /** What peers are told to dial. Default the host listened on; for all of them, the first that others can reach. */
  readonly announcedHost?: string;
}

export interface Listening {
  readonly host: string;
  readonly port: number;
  close(): void;
}

/** @throws DataPortError when the port is taken, the host is none of this machine's, or none can be announced. */
export async function listen(options: ListenOptions, onSocket: (socket: Socket) => void): Promise<Listening> {
  const { host = "127.0.0.1", port = 0 } = options;
  const announced = options.announcedHost ?? (isWildcard(host) ? firstReachable() : host);
  if (announced === undefined) {
    throw new DataPortError(host, port, "this machine has no address that others could reach");
  }
  const server = createServer({ noDelay: true }, onSocket);
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) => reject(new DataPortError(host, port, cause.message, cause)));
    server.listen({ host, port }, resolve);
  });
  server.unref();
  // Sockets that could not be accepted, for want of descriptors: their peers go by the bus.
  server.removeAllListeners("error").on("error", () => undefined);
  return { host: announced, port: portOf(server), close: () => void server.close() };
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

function isWildcard(host: string): boolean {
  return host === "0.0.0.0" || host === "::";
}

function firstReachable(): string | undefined {
  const all = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  return all.find(({ internal, family }) => !internal && family === "IPv4")?.address;
}
