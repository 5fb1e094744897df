/**
 * Keeps a process alive: starts it, and when it dies starts it anew, after a wait that doubles; a process that dies
 * again and again is given up. The new process is told whom it replaces and how that one ended.
 */

import { fork, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Supervisor, type Supervised } from "../../actors/runtime/supervisor.js";
import { systemClock } from "../../actors/runtime/system-clock.js";
import { SkeinError } from "../../errors.js";
import type { WorkerSettings } from "../../client/node/worker-settings.js";
import { defaultTiming } from "../../protocol/timing.js";
import { errorFromWire } from "./refusal.js";
import type { Log } from "./log.js";
import type { FromChild, Plan, ToChild } from "./plan.js";

/** What a process has to end by itself after it was told to stop. */
const stopGraceMs = 3_000;

/**
 * For glibc, which else raises the size from which it gives memory back to the system to that of what was freed last,
 * and keeps nearly all that is smaller. As many pieces as that leave room for others among the system's 65,530.
 */
const returningMemory = { MALLOC_MMAP_THRESHOLD_: "131072", MALLOC_MMAP_MAX_: "32768" };

export interface ProcessSupervisorEvents {
  /** It has ended in good order. */
  readonly onLeft: () => void;
  /** It will not be started again. */
  readonly onGivenUp: (error: unknown) => void;
}

export class ProcessSupervisor {
  readonly #plan: Plan;
  readonly #log: Log;
  readonly #events: ProcessSupervisorEvents;
  readonly #supervisor: Supervisor<Supervised>;
  #child: ChildProcess | undefined;
  #peer: string | undefined;
  #replaces: WorkerSettings["replaces"];
  #isEnding = false;
  #refusal: Error | undefined;
  #hasServed = false;

  constructor(plan: Plan, log: Log, events: ProcessSupervisorEvents) {
    this.#plan = plan;
    this.#log = log;
    this.#events = events;
    this.#supervisor = new Supervisor<Supervised>({
      clock: systemClock,
      timing: defaultTiming,
      make: (_, failed) => this.#start(failed),
      onFailed: (error, restartInMs) => {
        if (!this.#isRefused)
          log.warn({ err: error, restartInMs: Math.round(restartInMs) }, "the process is started again");
      },
      onEscalated: (error) => events.onGivenUp(this.#refusal ?? error),
    });
  }

  /** Resolves when the process serves. @throws what it refuses to start for; a crash is no reason, it is tried again. */
  async start(): Promise<void> {
    await this.#supervisor.start();
    if (this.#supervisor.child !== undefined || this.#refusal === undefined) return;
    await this.stop("it refuses to start");
    throw this.#refusal;
  }

  /** Lets it finish, hand over what others need, and leave. */
  drain(reason: string): void {
    this.#isEnding = true;
    if (this.#child !== undefined) return this.#say({ type: "drain", reason });
    // It has died and waits for its next start, which must not come.
    void this.#supervisor.stop(reason);
    this.#events.onLeft();
  }

  /** Ends it now. */
  async stop(reason: string): Promise<void> {
    this.#isEnding = true;
    await this.#supervisor.stop(reason);
  }

  /** It says itself why it cannot begin, which whoever started it is told: it is not tried again. */
  get #isRefused(): boolean {
    return this.#refusal !== undefined && !this.#hasServed;
  }

  #say(message: ToChild): void {
    if (this.#child?.connected === true) this.#child.send(message);
  }

  #start(failed: (error: unknown) => void): Promise<Supervised> {
    const child = fork(programFile(), {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
      env: { ...returningMemory, ...process.env },
    });
    this.#child = child;
    this.#refusal = undefined;
    const ended = endOf(child);
    const supervised: Supervised = {
      async stop(reason) {
        if (child.connected) child.send({ type: "stop", reason } satisfies ToChild);
        const kill = setTimeout(() => child.kill("SIGKILL"), stopGraceMs);
        await ended;
        clearTimeout(kill);
      },
    };
    return new Promise((resolve, reject) => {
      let ending: string | undefined;
      child.on("message", (message: FromChild) => {
        if (message.type === "ready") {
          this.#hasServed = true;
          resolve(supervised);
        } else if (message.type === "running") this.#peer = message.peer;
        else if (message.type === "ending") ending = message.how;
        else this.#refusal = errorFromWire(message.error);
      });
      child.once("error", reject);
      void ended.then(({ code, signal }) => {
        if (this.#child === child) this.#child = undefined;
        const how = ending ?? signal ?? `exit code ${code}`;
        if (this.#peer !== undefined) this.#replaces = { peer: this.#peer, how };
        this.#peer = undefined;
        if (code === 0 || this.#isEnding) return this.#events.onLeft();
        if (!this.#isRefused) this.#log.warn({ how, childPid: child.pid }, "the process has died");
        const error = this.#refusal ?? new Error(`the process ended with ${how}`);
        if (isFinal(error)) {
          void this.stop("it would end the same way again");
          this.#events.onGivenUp(error);
        } else failed(error);
        reject(error);
      });
      const replaces = this.#replaces;
      this.#say({ type: "start", plan: this.#plan, ...(replaces === undefined ? {} : { replaces }) });
    });
  }
}

/** Another start does not help: it is this installation that does not fit. */
function isFinal(error: Error): boolean {
  return error instanceof SkeinError && error.code === "ERR_PROTOCOL_VERSION";
}

interface End {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** How it ended, once all that it has said is heard too: that may come after the news of its end. */
async function endOf(child: ChildProcess): Promise<End> {
  const heard = new Promise<void>((resolve) => child.once("disconnect", resolve));
  const end = await new Promise<End>((resolve) => {
    child.once("exit", (code, signal) => resolve({ code, signal }));
  });
  await heard;
  return end;
}

/** The program beside this file, compiled or not. */
function programFile(): string {
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  return fileURLToPath(new URL(`./child-main.${extension}`, import.meta.url));
}
