/**
 * A cluster of real processes on a bus, for tests that break it: a scheduler and workers of the command line, each
 * worker with its supervisor, found by their log lines, killed and stopped by their own process ids. What is killed
 * here is the worker itself: its supervisor lives on, as it would when a machine's memory runs out.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { until } from "../../src/testing/until.js";
import { SkeinProcess, type LogLine } from "./skein-process.js";

export interface BusClusterOptions {
  readonly url: string;
  /** By their names: where each finds the bus, when that is not `url`. */
  readonly workers: Readonly<Record<string, string | undefined>>;
  /** More flags for all workers. */
  readonly flags?: readonly string[];
}

/** One life of a worker. */
export interface WorkerLife {
  readonly name: string;
  readonly pid: number;
  readonly peer: string;
}

const taskModule = fileURLToPath(new URL("../integration/failover/tasks.fixture.ts", import.meta.url));

export class BusCluster implements AsyncDisposable {
  readonly url: string;
  /** For whatever the test writes; gone with the cluster. */
  readonly folder: string;
  readonly #processes: SkeinProcess[] = [];
  readonly #stopped = new Set<number>();
  #started = 0;

  private constructor(url: string, folder: string) {
    this.url = url;
    this.folder = folder;
  }

  /** Resolves when the scheduler has seen all the workers. */
  static async start({ url, workers, flags = [] }: BusClusterOptions): Promise<BusCluster> {
    const cluster = new BusCluster(url, mkdtempSync(join(tmpdir(), "skein-cluster-")));
    try {
      const scheduler = await cluster.run(["scheduler", "--bus", url], ({ msg }) =>
        msg.startsWith("leads in term"),
      );
      await Promise.all(
        Object.entries(workers).map(([name, bus = url]) => cluster.startWorker(name, bus, flags)),
      );
      const count = Object.keys(workers).length;
      const joined = (): number => scheduler.log.filter(({ msg }) => msg === "worker.joined").length;
      await until("all workers have joined", () => joined() >= count, {
        deadlineMs: 30_000,
        story: () => cluster.story(),
      });
    } catch (error) {
      await cluster.close();
      throw error;
    }
    return cluster;
  }

  async startWorker(name: string, bus: string, flags: readonly string[] = []): Promise<void> {
    const own = [
      "--threads",
      "1",
      "--memory-limit",
      "1GB",
      "--tasks",
      taskModule,
      "--spill-directory",
      this.folder,
    ];
    // The last one of a flag counts.
    const all = ["worker", "--bus", bus, "--name", name, ...own, ...flags];
    await this.run(all, ({ msg }) => msg === "runs");
  }

  /** Runs the command until a line of its log is what makes it ready. It ends with the cluster. */
  async run(args: readonly string[], isReady: (line: LogLine) => boolean): Promise<SkeinProcess> {
    const log = join(this.folder, `${this.#started++}-${args[0]}.log`);
    const running = await SkeinProcess.start(args, log, (lines) => lines.some(isReady));
    this.#processes.push(running);
    return running;
  }

  /** All that all of them have said, process by process. */
  get log(): readonly LogLine[] {
    return this.#processes.flatMap(({ log }) => log);
  }

  lines(msg: string): readonly LogLine[] {
    return this.log.filter((line) => line.msg === msg);
  }

  /** Every incarnation there was of a worker, oldest first; of all workers unless one is named. */
  lives(name?: string): readonly WorkerLife[] {
    return this.lines("runs")
      .map(({ name: who, pid, peer }) => ({ name: who.replace("worker ", ""), pid, peer: String(peer) }))
      .filter((life) => name === undefined || life.name === name);
  }

  /** The newest incarnation of a worker. */
  worker(name: string): WorkerLife {
    const life = this.lives(name).at(-1);
    if (life === undefined) throw new Error(`there has been no worker ${name}\n${this.story()}`);
    return life;
  }

  /** Verdicts of the scheduler, oldest first. */
  get lost(): readonly { readonly worker: string; readonly why: string }[] {
    return this.lines("worker.lost").map(({ worker, why }) => ({ worker: String(worker), why: String(why) }));
  }

  /** SIGKILL to the worker, not its supervisor. Gives the life that it ended. */
  kill(name: string): WorkerLife {
    const life = this.worker(name);
    process.kill(life.pid, "SIGKILL");
    return life;
  }

  /** SIGSTOP: it stands still until `continue`. */
  stop(name: string): WorkerLife {
    const life = this.worker(name);
    process.kill(life.pid, "SIGSTOP");
    this.#stopped.add(life.pid);
    return life;
  }

  continue({ pid }: WorkerLife): void {
    this.#stopped.delete(pid);
    process.kill(pid, "SIGCONT");
  }

  /** Resolves when another life of the worker has begun than the one given. */
  async again({ name, peer }: WorkerLife, deadlineMs = 30_000): Promise<WorkerLife> {
    await until(`${name} is back`, () => this.worker(name).peer !== peer, {
      deadlineMs,
      story: () => this.story(),
    });
    return this.worker(name);
  }

  /** The end of every log, for people. */
  story(): string {
    return this.#processes.map((each) => each.tail(15)).join("\n----\n");
  }

  /** Ends everything at once. */
  async close(): Promise<void> {
    await Promise.all(this.#processes.map((each) => each.kill()));
    rmSync(this.folder, { recursive: true, force: true });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
