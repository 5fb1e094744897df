/**
 * The keys a client holds handles on: what became of each, and who waits for what. One entry a key, however many
 * futures there are of it.
 */

import type { ClientStimulus, Outcome } from "../../actors/client/stimuli.js";
import { CancelledError } from "../../errors.js";
import { decodeValue } from "../../executor/values/codec.js";
import { KeepAlive } from "./keep-alive.js";
import { Future, type FutureKeeper } from "./future.js";
import { outcomeError } from "./outcome-error.js";

/** Told once: the bytes of the value, or why there is none. */
export interface ValueWaiter {
  arrived(bytes: Uint8Array): void;
  failed(error: Error): void;
}

interface Entry {
  outcome: Outcome;
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

export class Keys implements FutureKeeper {
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

  /** A handle on `key`. The caller sees to it that the scheduler is told of the want. */
  hold<T>(key: string): Future<T> {
    this.more(key);
    const future = new Future<T>(key, this);
    this.#collected.register(future, key, future);
    return future;
  }

  /** A handle without a future: to be given back with `less`. */
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

  has(key: string): boolean {
    return this.#entries.has(key);
  }

  outcome(key: string): Outcome {
    const entry = this.#entries.get(key);
    return entry === undefined ? gone : entry.outcome;
  }

  letGo(future: Future): void {
    this.#collected.unregister(future);
    this.less([future.key]);
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
      this.wait(key, { arrived: (bytes) => decoded(bytes).then(resolve, reject), failed: reject });
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

  /** Resolves when the key is settled, whatever became of it; never rejects. */
  ended(key: string): Promise<void> {
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.outcome.state !== "pending" || this.#closed !== undefined)
      return Promise.resolve();
    return new Promise((resolve) => {
      this.#onWait?.();
      this.#keepAlive.more();
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
    for (const resolve of take(entry, "forEnd")) {
      this.#keepAlive.less();
      resolve();
    }
    if (outcome.state === "finished") {
      if (outcome.located.inline !== undefined) this.arrived(key, outcome.located.inline);
      return;
    }
    this.#rejectAll(key, entry, outcomeError(key, outcome.error));
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

  #end(key: string, entry: Entry, error: Error): void {
    for (const resolve of take(entry, "forEnd")) {
      this.#keepAlive.less();
      resolve();
    }
    this.#rejectAll(key, entry, error);
  }

  #rejectAll(key: string, entry: Entry, error: Error): void {
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

async function decoded(bytes: Uint8Array): Promise<unknown> {
  return decodeValue(bytes);
}
