/**
 * The `skein` command as a server: a process group of its own, ready when its log says so, its log kept whole. Runs
 * the compiled command where that is up to date, for it starts in half the time, and the sources where not.
 */

import { closeSync, existsSync, openSync, readSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { until } from "../../src/testing/until.js";
import { ServerProcess } from "./brokers/child-process.js";

const root = new URL("../../", import.meta.url);
const at = (path: string): string => fileURLToPath(new URL(path, root));

/** The set-up step that compiles; it knows when what was compiled is out of date. */
interface BuildStep {
  readonly build: { missing(): string | undefined };
}

/** What runs the command of this checkout. */
export async function skeinCommand(): Promise<readonly string[]> {
  const { build } = (await import(new URL("scripts/setup/build.mjs", root).href)) as BuildStep;
  if (build.missing() === undefined) return [process.execPath, at("dist/cli/main.js")];
  const loader = pathToFileURL(at("node_modules/tsx/dist/loader.mjs")).href;
  return [process.execPath, "--import", loader, at("src/cli/main.ts")];
}

/** One line of a log. What is not JSON is a line with a message alone. */
export interface LogLine {
  /** Which process says it, such as `worker w1`. */
  readonly name: string;
  readonly pid: number;
  readonly msg: string;
  readonly [more: string]: unknown;
}

/** A file that grows, read as far as it goes. */
export class GrowingFile {
  readonly path: string;
  readonly #lines: string[] = [];
  #offset = 0;
  #rest = "";

  constructor(path: string) {
    this.path = path;
  }

  /** All whole lines so far. */
  lines(): readonly string[] {
    if (!existsSync(this.path)) return [];
    const file = openSync(this.path, "r");
    const buffer = Buffer.alloc(65_536);
    try {
      for (let n = readSync(file, buffer, 0, buffer.length, this.#offset); n > 0;) {
        this.#offset += n;
        this.#rest += buffer.toString("latin1", 0, n);
        n = readSync(file, buffer, 0, buffer.length, this.#offset);
      }
    } finally {
      closeSync(file);
    }
    const lines = this.#rest.split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.#lines.push(Buffer.from(line, "latin1").toString("utf8"));
    return this.#lines;
  }
}

export class SkeinProcess {
  readonly #log: GrowingFile;
  readonly #said: LogLine[] = [];
  readonly #process: ServerProcess;

  private constructor(
    command: readonly string[],
    logFile: string,
    isReady: (log: readonly LogLine[]) => boolean,
  ) {
    this.#log = new GrowingFile(logFile);
    const clean = Object.keys(process.env).filter((name) => /^(SKEIN_|FORCE_COLOR|NODE_OPTIONS)/.test(name));
    this.#process = new ServerProcess({
      command: "/bin/sh",
      args: ["-c", 'unset $0; log=$1; shift; exec "$@" >>"$log" 2>&1', clean.join(" "), logFile, ...command],
      env: { NO_COLOR: "1" },
      isReady: async () => isReady(this.log),
      startWithinMs: 60_000,
    });
  }

  /**
   * Resolves when `isReady` holds of its log.
   *
   * @throws Error with the end of its log, when it ended or was too slow.
   */
  static async start(
    args: readonly string[],
    logFile: string,
    isReady: (log: readonly LogLine[]) => boolean,
  ): Promise<SkeinProcess> {
    const started = new SkeinProcess([...(await skeinCommand()), ...args], logFile, isReady);
    try {
      await started.#process.start();
    } catch (error) {
      await started.kill();
      throw new Error(`skein ${args.join(" ")}: ${(error as Error).message}\n${started.tail()}`, {
        cause: error,
      });
    }
    return started;
  }

  /** All that it, and what it has started, has printed. */
  get log(): readonly LogLine[] {
    const lines = this.#log.lines();
    for (let i = this.#said.length; i < lines.length; i++) this.#said.push(parseLogLine(lines[i] ?? ""));
    return this.#said;
  }

  /** The end of its log, for people. */
  tail(lines = 40): string {
    return this.#log.lines().slice(-lines).join("\n");
  }

  /** Resolves when `predicate` holds of a line that was not there yet when `after` lines were. */
  async said(
    what: string,
    predicate: (line: LogLine) => boolean,
    after = 0,
    deadlineMs = 30_000,
  ): Promise<void> {
    await until(what, () => this.log.slice(after).some(predicate), { deadlineMs, story: () => this.tail() });
  }

  /** SIGTERM: it leaves in good order. */
  async stop(): Promise<void> {
    await this.#process.stop();
  }

  /** SIGKILL to it and all that it has started, stopped or not. */
  async kill(): Promise<void> {
    await this.#process.kill();
  }
}

export function parseLogLine(line: string): LogLine {
  try {
    const parsed = JSON.parse(line) as LogLine | null;
    if (typeof parsed === "object" && parsed !== null && typeof parsed.msg === "string") return parsed;
  } catch {
    // What a task prints, or what node says of itself, is no JSON.
  }
  return { name: "", pid: 0, msg: line };
}
