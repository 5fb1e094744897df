/**
 * A server as a child of this process: started, probed until it serves, stopped, killed, paused and started again
 * with the same arguments. It has a process group of its own, so that what it starts goes with it, and a guard: a
 * shell that waits for this process to end, however it ends, and then kills that group. No server outlives its tests.
 */

import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";

export interface ServerCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Whether it serves now; asked again and again after a start. A rejection counts as no. */
  readonly isReady: () => Promise<boolean>;
  /** How long it may take to serve. Default 30,000. */
  readonly startWithinMs?: number;
  /** How long it may take to end after SIGTERM before it is killed. Default 10,000. */
  readonly stopWithinMs?: number;
}

interface Running {
  readonly child: ChildProcess;
  readonly guard: ChildProcess;
  readonly ended: Promise<void>;
}

const keptOutput = 20_000;

export class ServerProcess {
  private readonly what: ServerCommand;
  private running: Running | undefined;
  private text = "";

  constructor(what: ServerCommand) {
    this.what = what;
  }

  /** The process, while there is one. */
  get pid(): number | undefined {
    return this.running?.child.pid;
  }

  /** The end of what it has printed. */
  get output(): string {
    return this.text;
  }

  /** Resolves when it serves. Rejects with what it printed when it ends before that, or takes too long. */
  async start(): Promise<void> {
    if (this.running !== undefined) throw new Error(`${this.what.command} runs already`);
    const running = this.spawn();
    this.running = running;
    let hasEnded = false;
    void running.ended.then(() => (hasEnded = true));
    const giveUpAt = performance.now() + (this.what.startWithinMs ?? 30_000);
    while (!(await this.what.isReady().catch(() => false))) {
      if (hasEnded) throw this.failure("ended instead of serving");
      if (performance.now() > giveUpAt) {
        await this.kill();
        throw this.failure("did not serve in time");
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** SIGTERM, and SIGKILL when that is not enough. */
  async stop(): Promise<void> {
    const { running } = this;
    if (running === undefined) return;
    running.child.ref();
    this.resume();
    this.signal("SIGTERM");
    let timer: NodeJS.Timeout | undefined;
    const tooLong = new Promise<void>((resolve) => {
      timer = setTimeout(() => {
        this.signal("SIGKILL");
        resolve();
      }, this.what.stopWithinMs ?? 10_000);
    });
    await Promise.race([running.ended, tooLong]);
    clearTimeout(timer);
    await running.ended;
  }

  /** SIGKILL: as a power cut for the process, though not for the disk. */
  async kill(): Promise<void> {
    const { running } = this;
    if (running === undefined) return;
    running.child.ref();
    this.signal("SIGKILL");
    await running.ended;
  }

  /** SIGSTOP: its connections stay open, and nobody answers. */
  pause(): void {
    this.signal("SIGSTOP");
  }

  resume(): void {
    this.signal("SIGCONT");
  }

  private signal(signal: NodeJS.Signals): void {
    const pid = this.running?.child.pid;
    if (pid === undefined) return;
    try {
      process.kill(-pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }

  private spawn(): Running {
    const { command, args, cwd, env } = this.what;
    const child = spawn(command, args, {
      ...(cwd === undefined ? {} : { cwd }),
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.text = (this.text + text).slice(-keptOutput);
      });
      (stream as unknown as { unref(): void }).unref();
    }
    const guard = spawn("/bin/sh", ["-c", `read -r line; kill -KILL -${child.pid ?? 0} 2>/dev/null`], {
      stdio: ["pipe", "ignore", "ignore"],
      detached: true,
    });
    guard.stdin?.on("error", () => undefined);
    // Whoever forgets to stop it must not hang: the guard sees to the rest when this process has ended.
    for (const handle of [child, guard, guard.stdin as unknown as { unref(): void }]) handle.unref();
    const ended = new Promise<void>((resolve) => {
      const onEnd = (problem: string): void => {
        this.text += problem;
        guard.kill("SIGKILL");
        this.running = undefined;
        resolve();
      };
      child.once("error", (error) => onEnd(`${error.message}\n`));
      child.once("exit", (code, signal) => onEnd(`(ended with ${signal ?? `exit code ${code}`})\n`));
    });
    return { child, guard, ended };
  }

  private failure(problem: string): Error {
    const { command, args } = this.what;
    return new Error(`${[command, ...args].join(" ")} ${problem}. It printed:\n${this.text}`);
  }
}
