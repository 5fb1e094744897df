/**
 * The `skein` command as a child of the test: its log, its signals, its exit code. Unlike a SkeinProcess it may end,
 * and is signalled alone, without what it has started.
 */

import { spawn, type ChildProcess } from "node:child_process";
import { until } from "../../src/testing/until.js";
import { parseLogLine, skeinCommand, type LogLine } from "./skein-process.js";

export class SkeinChild implements AsyncDisposable {
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | string | null>;
  readonly log: LogLine[] = [];
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
    let rest = "";
    const hear = (text: string): void => {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      this.log.push(...lines.map(parseLogLine));
    };
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding("utf8").on("data", hear);
    this.ended = new Promise((resolve) => child.once("close", (code, signal) => resolve(signal ?? code)));
  }

  static async start(
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<SkeinChild> {
    const [command, ...first] = await skeinCommand();
    const clean = Object.entries(process.env).filter(
      ([name]) => !/^(SKEIN_|FORCE_COLOR|NODE_OPTIONS)/.test(name),
    );
    return new SkeinChild(
      spawn(command as string, [...first, ...args], {
        env: { ...Object.fromEntries(clean), NO_COLOR: "1", ...env },
        stdio: ["ignore", "pipe", "pipe"],
      }),
    );
  }

  /** All that it has said, for people. */
  get text(): string {
    return this.log.map((line) => (line.pid === 0 ? line.msg : JSON.stringify(line))).join("\n");
  }

  lines(msg: string): readonly LogLine[] {
    return this.log.filter((line) => line.msg === msg);
  }

  /** Resolves with the line when it has said it. */
  async said(msg: string, deadlineMs = 30_000): Promise<LogLine> {
    const find = (): LogLine | undefined => this.log.find((line) => line.msg.startsWith(msg));
    await until(`it says "${msg}"`, () => find() !== undefined, { deadlineMs, story: () => this.text });
    return find() as LogLine;
  }

  /** To this process alone. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Ends it, if it has not ended; what it supervises ends with it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.signal("SIGKILL");
    await this.ended;
  }
}

/** Whether there is such a process. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
