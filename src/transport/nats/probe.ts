/**
 * Whether a NATS server answers at an address: a bare connection that waits for its greeting and leaves. What the client
 * opens itself it cannot always give up again: a server that accepts and says nothing would hold it for ever.
 */

import { connect } from "node:net";

export interface Greeting {
  readonly version: string;
}

/** Resolves with the server's greeting. Rejects when nobody, or somebody else than NATS, answers within `withinMs`. */
export function probe(address: string, withinMs: number): Promise<Greeting> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(`nats://${address}`);
    const socket = connect(Number(port), hostname.replace(/^\[|\]$/g, ""));
    let text = "";
    const end = (error: Error | undefined, greeting?: Greeting): void => {
      clearTimeout(timer);
      socket.removeAllListeners().on("error", () => undefined);
      socket.destroy();
      if (greeting === undefined) reject(error ?? new Error(`${address} closed the connection`));
      else resolve(greeting);
    };
    const timer = setTimeout(
      () => end(new Error(`${address} did not answer within ${Math.round(withinMs)} ms`)),
      withinMs,
    );
    socket.once("error", (error) => end(error));
    socket.once("close", () => end(undefined));
    socket.setEncoding("latin1").on("data", (chunk) => {
      text += String(chunk);
      const line = /^INFO (\{.*\})\s*\r\n/.exec(text);
      if (line?.[1] !== undefined) end(undefined, greetingOf(line[1]));
      else if (!"INFO {".startsWith(text.slice(0, 6)) || text.length > 64 * 1024)
        end(new Error(`${address} does not speak the protocol of NATS`));
    });
  });
}

function greetingOf(json: string): Greeting | undefined {
  try {
    const { version } = JSON.parse(json) as { version?: unknown };
    return { version: typeof version === "string" ? version : "0.0.0" };
  } catch {
    return undefined;
  }
}
