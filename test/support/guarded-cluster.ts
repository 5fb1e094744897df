/**
 * A cluster `team-a` whose scheduler, worker and clients connect over TLS, each as the user that docs/security.md has for
 * its role; and the commands that a person would run there.
 */

import { join } from "node:path";
import type { Role } from "../../src/protocol/addresses.js";
import { Scratch, type Outcome } from "./cli.js";
import { makeCertificate, type Certificate } from "./certificate.js";
import { SkeinProcess, type LogLine } from "./skein-process.js";

export const secretOf = (role: Role): string => `${role}'s secret`;

const files = {
  "tasks.ts": `
import { defineTask } from "skein";
export const square = defineTask(import.meta.url, "square", (x: number) => x * x);
export const sum = defineTask(import.meta.url, "sum", (parts: readonly Uint8Array[]) =>
  parts.reduce((all, part) => all + part.reduce((a, b) => a + b, 0), 0));
export const bytes = defineTask(import.meta.url, "bytes", (n: number) => new Uint8Array(100_000).fill(n));
`,
  "job.ts": `
import { compute } from "skein";
import { bytes, square, sum } from "./tasks.ts";
console.log(JSON.stringify(await compute([square(7), sum([bytes(1), bytes(2)])])));
`,
};

/** What the job prints. */
export const jobPrints = "[49,300000]\n";

export class GuardedCluster {
  readonly scratch: Scratch;
  readonly certificate: Certificate;
  #url = "";
  readonly #processes: SkeinProcess[] = [];

  private constructor(scratch: Scratch) {
    this.scratch = scratch;
    this.certificate = makeCertificate(scratch.folder);
  }

  static async prepare(): Promise<GuardedCluster> {
    return new GuardedCluster(await Scratch.with(files));
  }

  /** Where the bus is, and by which certificate it is known, for a role. */
  flags(role: Role): string[] {
    const who = ["--user", `skein-${role}`, "--password", secretOf(role)];
    return ["--bus", this.#url, "--cluster", "team-a", ...who, "--tls-ca", this.certificate.certFile];
  }

  /** @param more flags for the worker. */
  async start(url: string, more: readonly string[] = []): Promise<void> {
    this.#url = url;
    await this.startScheduler();
    const worker = [
      "worker",
      ...this.flags("worker"),
      "--name",
      "w1",
      "--threads",
      "2",
      "--memory-limit",
      "1GB",
    ];
    const tasks = ["--tasks", this.scratch.path("tasks.ts")];
    await this.#run([...worker, ...tasks, ...more], ({ msg }) => msg === "runs");
  }

  /** The first, or one more after `stopScheduler`. */
  async startScheduler(): Promise<void> {
    const scheduler = await this.#run(["scheduler", ...this.flags("scheduler")], ({ msg }) =>
      msg.startsWith("leads in term"),
    );
    this.#processes.splice(this.#processes.indexOf(scheduler), 1);
    this.#processes.unshift(scheduler);
  }

  async stopScheduler(): Promise<void> {
    await this.#processes.shift()?.stop();
  }

  skein(args: readonly string[], env: Record<string, string> = {}): Promise<Outcome> {
    return this.scratch.run(args, { env });
  }

  /** The ends of all logs. */
  story(): string {
    return this.#processes.map((each) => each.tail(15)).join("\n----\n");
  }

  /** What the processes were told of troubles with the bus. */
  get troubles(): readonly LogLine[] {
    return this.#processes.flatMap(({ log }) => log).filter(({ level }) => Number(level) >= 40);
  }

  async close(): Promise<void> {
    await Promise.all(this.#processes.map((each) => each.kill()));
    await this.scratch.remove();
  }

  async #run(args: readonly string[], isReady: (line: LogLine) => boolean): Promise<SkeinProcess> {
    const log = join(this.scratch.folder, `${args[0]}-${this.#processes.length}-${Date.now()}.log`);
    const started = await SkeinProcess.start(args, log, (lines) => lines.some(isReady));
    this.#processes.push(started);
    return started;
  }
}
