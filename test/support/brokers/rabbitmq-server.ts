/**
 * RabbitMQ servers for tests: one for all tests of a process (`sharedRabbit`), or one's own to restart, to alarm and
 * to give users (`startRabbit`). A start takes some three seconds.
 *
 * The shared one is that of AMQP_URL, else a container where a container engine answers, else the machine's own
 * `rabbitmq-server` (find.ts). One's own is always processes of this machine: the server, and the port mapper of Erlang's nodes on
 * a port of its own, both on loopback only, with all their files in a directory of their own.
 */

import { execFile, execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { ServerProcess } from "./child-process.js";
import { engineAnswers, findBroker, type Found } from "./find.js";
import { freePort } from "./free-port.js";
import { Shared } from "./shared.js";

export interface RabbitServerOptions {
  /** More of its configuration, in its own language. `{directory}` is where `files` are, `{tlsPort}` a free port. */
  readonly config?: string;
  /** Files for the configuration to name. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
}

/** Debian's commands in the PATH change to another user, who may not write where tests do. */
const scripts = "/usr/lib/rabbitmq/bin";
const watermark = "0.6";

export class RabbitServer {
  readonly port: number;
  readonly tlsPort: number;
  readonly url: string;
  readonly directory: string;
  private readonly mapper: ServerProcess;
  private readonly server: ServerProcess;
  private readonly env: Readonly<Record<string, string>>;

  private constructor(ports: Ports, directory: string) {
    this.port = ports.amqp;
    this.tlsPort = ports.tls;
    this.url = `amqp://guest:guest@127.0.0.1:${ports.amqp}`;
    this.directory = directory;
    this.env = environment(ports, directory);
    this.mapper = new ServerProcess({
      command: "epmd",
      args: ["-port", String(ports.mapper), "-address", "127.0.0.1"],
      isReady: () => answers(ports.mapper),
    });
    this.server = new ServerProcess({
      command: script("rabbitmq-server"),
      args: [],
      cwd: directory,
      env: this.env,
      isReady: () => answers(ports.amqp, "AMQP\0\0\u0009\u0001"),
      startWithinMs: 60_000,
      stopWithinMs: 30_000,
    });
  }

  static async start(options: RabbitServerOptions = {}): Promise<RabbitServer> {
    const directory = mkdtempSync(join(tmpdir(), "skein-rabbit-"));
    const ports = {
      amqp: await freePort(),
      tls: await freePort(),
      mapper: await freePort(),
      node: await freePort(),
    };
    for (const [name, content] of Object.entries(options.files ?? {}))
      writeFileSync(join(directory, name), content);
    mkdirSync(join(directory, "home"));
    writeFileSync(join(directory, "plugins"), "[].\n");
    writeFileSync(join(directory, "no-environment"), "");
    writeFileSync(join(directory, "rabbitmq.conf"), configuration(ports, directory, options.config));
    const rabbit = new RabbitServer(ports, directory);
    try {
      await rabbit.mapper.start();
      await rabbit.server.start();
    } catch (error) {
      await rabbit.stop();
      throw error;
    }
    return rabbit;
  }

  get output(): string {
    return this.server.output;
  }

  /** Ends it and forgets all that it stored. */
  async stop(): Promise<void> {
    await this.server.stop();
    await this.mapper.stop();
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

  /** Runs `rabbitmqctl`, which takes a second or two, and gives what it prints. */
  async ctl(...args: readonly string[]): Promise<string> {
    const { stdout } = await promisify(execFile)(script("rabbitmqctl"), ["-q", ...args], {
      env: { ...process.env, ...this.env },
      cwd: this.directory,
    });
    return stdout;
  }

  /** Makes it believe that its memory is used up: it takes nothing from publishers until `clearMemoryAlarm`. */
  async setMemoryAlarm(): Promise<void> {
    await this.ctl("set_vm_memory_high_watermark", "0.0001");
  }

  async clearMemoryAlarm(): Promise<void> {
    await this.ctl("set_vm_memory_high_watermark", watermark);
  }
}

/** A server of one's own. Whoever starts it stops it. */
export async function startRabbit(options: RabbitServerOptions = {}): Promise<RabbitServer> {
  requireBinary();
  return RabbitServer.start(options);
}

const shared = new Shared("rabbitmq", startShared);

/** The server that all tests of this process use. Nobody may stop, pause or alarm it. */
export function sharedRabbit(): Promise<{ readonly url: string }> {
  return shared.get();
}

function startShared(): Promise<Found> {
  return findBroker({
    missing:
      "There is no RabbitMQ server to test against. Install it (Debian: apt-get install rabbitmq-server), start a " +
      "container engine, or set AMQP_URL to a server of version 3.10 or newer.",
    named: process.env["AMQP_URL"],
    hasEngine: engineAnswers,
    fromContainer: startContainer,
    hasBinary,
    fromBinary: startRabbit,
  });
}

async function startContainer(): Promise<Found> {
  const { GenericContainer, Wait } = await import("testcontainers");
  const container = await new GenericContainer("rabbitmq:3.13-alpine")
    .withExposedPorts(5672)
    .withWaitStrategy(Wait.forLogMessage(/Server startup complete/))
    .withStartupTimeout(120_000)
    .start();
  const url = `amqp://guest:guest@${container.getHost()}:${container.getMappedPort(5672)}`;
  return { url, stop: async () => void (await container.stop()) };
}

interface Ports {
  readonly amqp: number;
  readonly tls: number;
  readonly mapper: number;
  readonly node: number;
}

function requireBinary(): void {
  if (hasBinary()) return;
  throw new Error(
    "This test needs a RabbitMQ server that it can restart. Install it (Debian: apt-get install rabbitmq-server; " +
      "macOS: brew install rabbitmq), so that rabbitmq-server, rabbitmqctl and epmd are in the PATH.",
  );
}

function script(name: string): string {
  const beside = join(scripts, name);
  return existsSync(beside) ? beside : name;
}

function hasBinary(): boolean {
  if (existsSync(join(scripts, "rabbitmq-server"))) return true;
  try {
    execFileSync("/bin/sh", ["-c", "command -v rabbitmq-server && command -v epmd"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

function configuration(ports: Ports, directory: string, more = ""): string {
  return [
    `listeners.tcp.1 = 127.0.0.1:${ports.amqp}`,
    "log.console = true",
    "log.console.level = warning",
    "log.file = false",
    `vm_memory_high_watermark.relative = ${watermark}`,
    "disk_free_limit.absolute = 50MB",
    more.replaceAll("{directory}", directory).replaceAll("{tlsPort}", String(ports.tls)),
    "",
  ].join("\n");
}

function environment(ports: Ports, directory: string): Readonly<Record<string, string>> {
  const at = (name: string): string => join(directory, name);
  return {
    HOME: at("home"),
    ERL_EPMD_PORT: String(ports.mapper),
    ERL_EPMD_ADDRESS: "127.0.0.1",
    RABBITMQ_NODENAME: `skein-${ports.amqp}@localhost`,
    RABBITMQ_NODE_IP_ADDRESS: "127.0.0.1",
    RABBITMQ_NODE_PORT: String(ports.amqp),
    RABBITMQ_DIST_PORT: String(ports.node),
    RABBITMQ_CONFIG_FILE: at("rabbitmq.conf"),
    RABBITMQ_CONF_ENV_FILE: at("no-environment"),
    RABBITMQ_ENABLED_PLUGINS_FILE: at("plugins"),
    RABBITMQ_MNESIA_BASE: at("data"),
    RABBITMQ_LOG_BASE: at("log"),
    RABBITMQ_PID_FILE: at("pid"),
    // Idle schedulers that spin take the processor from the tests.
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS:
      "+sbwt none +sbwtdcpu none +sbwtdio none -kernel inet_dist_use_interface {127,0,0,1}",
  };
}

/** Whether somebody listens there and, when something is said, says something. */
function answers(port: number, greeting?: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      if (greeting === undefined) end(true);
      else socket.write(greeting, "latin1");
    });
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1_000, () => end(false));
    socket.once("error", () => end(false));
    socket.once("data", () => end(true));
  });
}
