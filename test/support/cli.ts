/** The `skein` command as users start it, in a folder of its own. */

import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { skeinCommand } from "./skein-process.js";

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A process under way: its output so far, and its outcome once it has ended. */
export interface Running {
  readonly child: ChildProcessWithoutNullStreams;
  readonly ended: Promise<Outcome>;
  /** Resolves once `text` was printed to stdout. */
  readonly printed: (text: string) => Promise<void>;
}

/** A scratch folder in which nothing is installed. */
export class Scratch {
  readonly folder: string;
  readonly #command: readonly string[];

  private constructor(folder: string, command: readonly string[]) {
    this.folder = folder;
    this.#command = command;
  }

  /** With the given files, by their paths in it. */
  static async with(files: Readonly<Record<string, string>>): Promise<Scratch> {
    const scratch = new Scratch(await mkdtemp(join(tmpdir(), "skein-cli-")), await skeinCommand());
    for (const [name, text] of Object.entries(files)) {
      const path = join(scratch.folder, name);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, text);
    }
    return scratch;
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true });
  }

  start(args: readonly string[], env: Readonly<Record<string, string>> = {}): Running {
    const clean = Object.entries(process.env).filter(
      ([name]) => !/^(SKEIN_|FORCE_COLOR|NODE_OPTIONS)/.test(name),
    );
    const [command, ...first] = this.#command;
    const child = spawn(command as string, [...first, ...args], {
      cwd: this.folder,
      env: { ...Object.fromEntries(clean), NO_COLOR: "1", ...env },
    });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    const ended = new Promise<Outcome>((resolve) => {
      child.once("close", (code) => resolve({ code, stdout, stderr }));
    });
    const printed = (text: string): Promise<void> =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (stdout.includes(text)) resolve();
        };
        child.stdout.on("data", look);
        child.once("close", () => reject(new Error(`ended without printing ${text}: ${stdout}${stderr}`)));
        look();
      });
    return { child, ended, printed };
  }

  /** Runs to the end, with `input` on stdin. */
  run(
    args: readonly string[],
    options: { env?: Record<string, string>; input?: string } = {},
  ): Promise<Outcome> {
    const { child, ended } = this.start(args, options.env);
    child.stdin.end(options.input ?? "");
    return ended;
  }
}
