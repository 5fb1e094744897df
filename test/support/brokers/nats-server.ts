/**
 * NATS servers for tests: one for all tests of a process (`sharedNats`), or one's own to kill, pause and restart (`startNats`).
 *
 * The shared one is that of NATS_URL, else a container where a container engine answers, else the machine's own
 * `nats-server` (find.ts). One's own is always a process of this machine, on loopback only, with all its files in a directory of its own.
 */

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ServerProcess } from "./child-process.js";
import { engineAnswers, findBroker, type Found } from "./find.js";
import { freePort } from "./free-port.js";
import { Shared } from "./shared.js";

export interface NatsServerOptions {
  /** Default true. */
  readonly jetstream?: boolean;
  /** More of its configuration, in its own language. `{directory}` is where `files` are. */
  readonly config?: string;
  /** Files for the configuration to name. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  readonly maxPayload?: number;
  /** Default: any that is free. */
  readonly port?: number;
}

export class NatsServer {
  readonly port: number;
  readonly url: string;
  /** Holds its configuration, its files and what JetStream stores. */
  readonly directory: string;
  private readonly server: ServerProcess;

  private constructor(port: number, directory: string, server: ServerProcess) {
    this.port = port;
    this.url = `nats://127.0.0.1:${port}`;
    this.directory = directory;
    this.server = server;
  }

  static async start(options: NatsServerOptions = {}): Promise<NatsServer> {
    const directory = mkdtempSync(join(tmpdir(), "skein-nats-"));
    for (const [name, content] of Object.entries(options.files ?? {}))
      writeFileSync(join(directory, name), content);
    const port = options.port ?? (await freePort());
    const config = join(directory, "nats.conf");
    writeFileSync(config, configuration(port, directory, options));
    const server = new ServerProcess({
      command: "nats-server",
      args: ["-c", config],
      isReady: () => greets(port),
    });
    const nats = new NatsServer(port, directory, server);
    try {
      await server.start();
    } catch (error) {
      rmSync(directory, { recursive: true, force: true });
      throw error;
    }
    return nats;
  }

  get output(): string {
    return this.server.output;
  }

  /** Ends it and forgets all that it stored. */
  async stop(): Promise<void> {
    await this.server.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** SIGKILL; `start` brings it back with what it stored. */
  kill(): Promise<void> {
    return this.server.kill();
  }

  /** Ends it in good order; `start` brings it back with what it stored. */
  shutDown(): Promise<void> {
    return this.server.stop();
  }

  /** Starts it again where it was. */
  start(): Promise<void> {
    return this.server.start();
  }

  async restart(): Promise<void> {
    await this.shutDown();
    await this.start();
  }

  pause(): void {
    this.server.pause();
  }

  resume(): void {
    this.server.resume();
  }
}

/** A server of one's own. Whoever starts it stops it. */
export async function startNats(options: NatsServerOptions = {}): Promise<NatsServer> {
  requireBinary();
  return NatsServer.start(options);
}

const shared = new Shared("nats", startShared);

/** The server that all tests of this process use; with JetStream. Nobody may stop or pause it. */
export function sharedNats(): Promise<{ readonly url: string }> {
  return shared.get();
}

function startShared(): Promise<Found> {
  return findBroker({
    missing:
      "There is no NATS server to test against. Install nats-server (Debian: apt-get install nats-server), start a " +
      "container engine, or set NATS_URL to a server with JetStream.",
    named: process.env["NATS_URL"],
    hasEngine: engineAnswers,
    fromContainer: startContainer,
    hasBinary,
    fromBinary: startNats,
  });
}

async function startContainer(): Promise<Found> {
  const { GenericContainer, Wait } = await import("testcontainers");
  const container = await new GenericContainer("nats:2.10-alpine")
    .withCommand(["-js"])
    .withExposedPorts(4222)
    .withWaitStrategy(Wait.forLogMessage(/Server is ready/))
    .start();
  const url = `nats://${container.getHost()}:${container.getMappedPort(4222)}`;
  return { url, stop: async () => void (await container.stop()) };
}

function requireBinary(): void {
  if (hasBinary()) return;
  throw new Error(
    "This test needs a NATS server that it can kill. Install nats-server (Debian: apt-get install nats-server; " +
      "macOS: brew install nats-server), so that it is in the PATH.",
  );
}

function hasBinary(): boolean {
  try {
    execFileSync("nats-server", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

function configuration(port: number, directory: string, options: NatsServerOptions): string {
  const store = join(directory, "store");
  mkdirSync(store, { recursive: true });
  const { jetstream = true, config = "", maxPayload } = options;
  return [
    `listen: "127.0.0.1:${port}"`,
    `server_name: "skein-test-${port}"`,
    ...(jetstream ? [`jetstream { store_dir: "${store}" }`] : []),
    ...(maxPayload === undefined ? [] : [`max_payload: ${maxPayload}`]),
    config.replaceAll("{directory}", directory),
  ].join("\n");
}

/** Whether it greets who connects. */
function greets(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1_000, () => end(false));
    socket.once("error", () => end(false));
    socket.once("data", (bytes) => end(bytes.toString("latin1").startsWith("INFO ")));
  });
}
