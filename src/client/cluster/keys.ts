/**
 * The keys a client holds handles on: what became of each, and who waits for what. One entry a key, however many
 * futures there are of it.
 */

import type { ClientStimulus, Outcome } from "../../actors/client/stimuli.js";
import { CancelledError } from "../../errors.js";
import { decodeValue } from "../../executor/values/codec.js";
import { KeepAlive } from "./keep-alive.js";
import { Future } from "./future.js";
import { Handle, type HandleKeeper } from "./handle.js";
import { outcomeError } from "./outcome-error.js";

/** Told once: the bytes of the value, or why there is none. */
export interface ValueWaiter {
  arrived(bytes: Uint8Array): void;
  failed(error: Error): void;
}

interface Entry {
  outcome: Outcome;
  /** Handles, and whoever waits. */
  handles: number;
  /** An error made here, which the scheduler knows nothing of. */
  failure: Error | undefined;
  /** Waiting for the value, and waiting only for the key to be settled. */
  forValue: ValueWaiter[];
  forEnd: (() => void)[];
}

/** What nobody has waited for yet costs no array of its own. Never written to. */
const none: never[] = [];

const pending: Outcome = Object.freeze({ state: "pending" });
const gone: Outcome = {
  state: "cancelled",
  error: {
    error: { kind: "cancelled", name: "CancelledError", message: "it was released" },
    origin: "",
    attempts: 0,
  },
};

export class Keys implements HandleKeeper {
  readonly #entries = new Map<string, Entry>();
  readonly #tell: (stimulus: ClientStimulus) => void;
  readonly #onWait: (() => void) | undefined;
  readonly #keepAlive = new KeepAlive();
  /** A future that nobody can reach any more is released like one that was released by hand. */
  readonly #collected = new FinalizationRegistry<string>((key) => this.less([key]));
  #closed: Error | undefined;

  /** @param onWait is called when somebody starts to wait for something. */
  constructor(tell: (stimulus: ClientStimulus) => void, onWait?: () => void) {
    this.#tell = tell;
    this.#onWait = onWait;
  }

  /** A future of `key`. The caller sees to it that the scheduler is told of the want. */
  hold<T>(key: string): Future<T> {
    return this.#held(new Future<T>(key, this));
  }

  /** As `hold`, for what is given asynchronously: a promise of a future would be one of its value. */
  handle<T>(key: string): Handle<T> {
    return this.#held(new Handle<T>(key, this));
  }

  #held<H extends Handle>(handle: H): H {
    this.more(handle.key);
    this.#collected.register(handle, handle.key, handle);
    return handle;
  }

  /** A hold without an object: to be given back with `less`. */
  more(key: string): void {
    const entry = this.#entries.get(key);
    if (entry !== undefined) entry.handles++;
    else
      this.#entries.set(key, {
        outcome: pending,
        handles: 1,
        failure: undefined,
        forValue: none,
        forEnd: none,
      });
  }

  /** How many keys are held. */
  get size(): number {
    return this.#entries.size;
  }

  has(key: string): boolean {
    return this.#entries.has(key);
  }

  outcome(key: string): Outcome {
    const entry = this.#entries.get(key);
    return entry === undefined ? gone : entry.outcome;
  }

  letGo(handle: Handle): void {
    this.#collected.unregister(handle);
    this.less([handle.key]);
  }

  /** One handle less on each of `keys`. */
  less(keys: readonly string[]): void {
    const released = keys.filter((key) => {
      const entry = this.#entries.get(key);
      return entry !== undefined && this.#isLast(key, entry, 1);
    });
    this.#tellReleased(released);
  }

  #lessBy(key: string, entry: Entry, count: number): void {
    if (count === 0) return;
    if (this.#entries.get(key) === entry && this.#isLast(key, entry, count)) this.#tellReleased([key]);
  }

  #isLast(key: string, entry: Entry, count: number): boolean {
    entry.handles -= count;
    if (entry.handles > 0) return false;
    this.#entries.delete(key);
    return true;
  }

  #tellReleased(keys: readonly string[]): void {
    if (keys.length > 0 && this.#closed === undefined) this.#tell({ type: "release", keys });
  }

  cancel(keys: readonly string[]): void {
    this.#tell({ type: "cancel", keys, reason: "cancelled by its client" });
  }

  async retry(key: string): Promise<void> {
    const entry = this.#entries.get(key);
    if (entry === undefined) throw new CancelledError(`The future of ${JSON.stringify(key)}`);
    if (entry.outcome.state === "pending" || entry.outcome.state === "finished") return;
    entry.outcome = pending;
    this.#tell({ type: "retry", keys: [key] });
  }

  value(key: string): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const arrived = (bytes: Uint8Array): void => {
        try {
          resolve(decodeValue(bytes));
        } catch (error) {
          reject(error as Error);
        }
      };
      this.wait(key, { arrived, failed: reject });
    });
  }

  /** Tells `waiter` of the value as soon as it is here, perhaps at once. */
  wait(key: string, waiter: ValueWaiter): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return waiter.failed(new CancelledError(`The future of ${JSON.stringify(key)}`));
    const { outcome, failure } = entry;
    if (failure !== undefined) return waiter.failed(failure);
    if (outcome.state !== "pending" && outcome.state !== "finished") {
      return waiter.failed(outcomeError(key, outcome.error));
    }
    if (outcome.state === "finished" && outcome.located.inline !== undefined) {
      return waiter.arrived(outcome.located.inline);
    }
    if (this.#closed !== undefined) return waiter.failed(this.#closed);
    this.#keepAlive.more();
    this.#onWait?.();
    // Who waits holds on: the future itself may be collected as garbage while its value is awaited.
    entry.handles++;
    if (entry.forValue === none) entry.forValue = [waiter];
    else entry.forValue.push(waiter);
    if (entry.forValue.length === 1) this.#tell({ type: "need", key });
  }

  /** `waiter` need not be told any more. */
  unwait(key: string, waiter: ValueWaiter): void {
    const entry = this.#entries.get(key);
    const at = entry?.forValue.indexOf(waiter) ?? -1;
    if (entry === undefined || at < 0) return;
    entry.forValue.splice(at, 1);
    this.#keepAlive.less();
    this.#lessBy(key, entry, 1);
  }

  /** Resolves when the key is finished, without its value; rejects with its error. */
  async finished(key: string): Promise<void> {
    await this.ended(key);
    const { state } = this.outcome(key);
    // Whoever has failed says why.
    if (state !== "finished") await this.value(key);
  }

  /** Resolves when the key is settled, whatever became of it; never rejects. */
  ended(key: string): Promise<void> {
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.outcome.state !== "pending" || this.#closed !== undefined)
      return Promise.resolve();
    return new Promise((resolve) => {
      this.#onWait?.();
      this.#keepAlive.more();
      entry.handles++;
      if (entry.forEnd === none) entry.forEnd = [resolve];
      else entry.forEnd.push(resolve);
    });
  }

  // ---- what the core says -------------------------------------------------------------------------------------

  settled(key: string, outcome: Outcome): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    entry.outcome = outcome;
    if (outcome.state === "pending") return;
    if (outcome.state !== "finished") return this.#end(key, entry, outcomeError(key, outcome.error));
    this.#tellEnded(key, entry);
    if (outcome.located.inline !== undefined) this.arrived(key, outcome.located.inline);
  }

  arrived(key: string, bytes: Uint8Array): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    const waiters = take(entry, "forValue");
    for (const waiter of waiters) {
      this.#keepAlive.less();
      waiter.arrived(bytes);
    }
    this.#lessBy(key, entry, waiters.length);
  }

  /** The submission of these keys failed before anything was sent, or was refused. */
  failed(keys: Iterable<string>, error: Error): void {
    for (const key of keys) {
      const entry = this.#entries.get(key);
      if (entry === undefined) continue;
      entry.failure = error;
      entry.outcome = {
        state: "error",
        error: {
          error: { kind: "refused", name: error.name, message: error.message },
          origin: key,
          attempts: 0,
        },
      };
      this.#end(key, entry, error);
    }
  }

  /** Nothing is heard any more: everybody who waits is told. */
  close(error: Error): void {
    this.#closed = error;
    for (const [key, entry] of this.#entries) this.#end(key, entry, error);
  }

  #tellEnded(key: string, entry: Entry): void {
    const waiters = take(entry, "forEnd");
    for (const resolve of waiters) {
      this.#keepAlive.less();
      resolve();
    }
    this.#lessBy(key, entry, waiters.length);
  }

  #end(key: string, entry: Entry, error: Error): void {
    this.#tellEnded(key, entry);
    const waiters = take(entry, "forValue");
    for (const waiter of waiters) {
      this.#keepAlive.less();
      waiter.failed(error);
    }
    this.#lessBy(key, entry, waiters.length);
  }
}

/** Empties one of an entry's lists. */
function take<L extends "forValue" | "forEnd">(entry: Entry, list: L): Entry[L] {
  const taken = entry[list];
  entry[list] = none as Entry[L];
  return taken;
}
