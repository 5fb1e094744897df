/**
 * The keys a client holds handles on: what became of each, and who waits for what. One entry a key, however many
 * futures there are of it.
 */

import { pending } from "../../actors/client/outcome.js";
import type { ClientStimulus, InlineValues, Outcome } from "../../actors/client/stimuli.js";
import { CancelledError } from "../../errors.js";
import { decodeValue } from "../../executor/values/codec.js";
import { KeepAlive } from "./keep-alive.js";
import { KeyEntry, type ValueWaiter } from "./key-entry.js";
import { Future } from "./future.js";
import { Handle, type HandleKeeper } from "./handle.js";
import { outcomeError } from "./outcome-error.js";

const gone: Outcome = {
  state: "cancelled",
  error: {
    error: { kind: "cancelled", name: "CancelledError", message: "it was released" },
    origin: "",
    attempts: 0,
  },
};

export class Keys implements HandleKeeper {
  readonly #entries = new Map<string, KeyEntry>();
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
    else this.#entries.set(key, new KeyEntry());
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

  #lessBy(key: string, entry: KeyEntry, count: number): void {
    if (count === 0) return;
    if (this.#entries.get(key) === entry && this.#isLast(key, entry, count)) this.#tellReleased([key]);
  }

  #isLast(key: string, entry: KeyEntry, count: number): boolean {
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
    entry.set(pending);
    this.#tell({ type: "retry", keys: [key] });
  }

  value(key: string): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const arrived: ValueWaiter["arrived"] = (bytes, start, end) => {
        try {
          resolve(decodeValue(bytes.subarray(start, end)));
        } catch (error) {
          reject(error as Error);
        }
      };
      this.wait(key, { arrived, failed: reject });
    });
  }

  /** Tells `waiter` of the value as soon as it is here, perhaps at once. */
  wait(key: string, waiter: ValueWaiter): void {
    if (this.#mustAsk(key, waiter)) this.#tell({ type: "need", keys: [key] });
  }

  /** Tells each waiter of the value under its key. What has to be asked for is asked for at once. */
  waitForAll(keys: readonly string[], waiters: readonly ValueWaiter[]): void {
    const needed = keys.filter((key, i) => this.#mustAsk(key, waiters[i] as ValueWaiter));
    if (needed.length > 0) this.#tell({ type: "need", keys: needed });
  }

  /** Whether the value has to be asked for: it is not here, and nobody has asked for it. */
  #mustAsk(key: string, waiter: ValueWaiter): boolean {
    const entry = this.#entries.get(key);
    const mayCome = entry?.isPending === true && this.#closed === undefined;
    if (!mayCome && this.#isAnswered(key, entry, waiter)) return false;
    if (entry === undefined) return false;
    this.#keepAlive.more();
    this.#onWait?.();
    // Who waits holds on: the future itself may be collected as garbage while its value is awaited.
    entry.handles++;
    const isFirst = entry.forValue === undefined;
    entry.wait(waiter);
    return isFirst;
  }

  /** Whether the waiter could be told what there is to say. */
  #isAnswered(key: string, entry: KeyEntry | undefined, waiter: ValueWaiter): boolean {
    const error = this.#whyNot(key, entry);
    const { outcome } = entry ?? { outcome: gone };
    if (error !== undefined) waiter.failed(error);
    else if (outcome.state === "finished" && outcome.located.inline !== undefined)
      waiter.arrived(outcome.located.inline, 0, outcome.located.inline.length);
    else if (this.#closed !== undefined) waiter.failed(this.#closed);
    else return false;
    return true;
  }

  /** Why there will be no value. */
  #whyNot(key: string, entry: KeyEntry | undefined): Error | undefined {
    if (entry === undefined) return new CancelledError(`The future of ${JSON.stringify(key)}`);
    const { outcome, failure } = entry;
    if (failure !== undefined) return failure;
    if (outcome.state === "pending" || outcome.state === "finished") return undefined;
    return outcomeError(key, outcome.error);
  }

  /** `waiter` need not be told any more. */
  unwait(key: string, waiter: ValueWaiter): void {
    const entry = this.#entries.get(key);
    if (entry?.unwait(waiter) !== true) return;
    this.#keepAlive.less(1);
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
    if (entry?.isPending !== true || this.#closed !== undefined) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onWait?.();
      this.#keepAlive.more();
      entry.handles++;
      (entry.forEnd ??= []).push(resolve);
    });
  }

  // ---- what the core says -------------------------------------------------------------------------------------

  settled(key: string, outcome: Outcome): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    entry.set(outcome);
    if (outcome.state === "pending") return;
    if (outcome.state !== "finished") return this.#end(key, entry, outcomeError(key, outcome.error));
    this.#tellEnded(key, entry);
    const { inline } = outcome.located;
    if (inline !== undefined) this.#tellValue(key, entry, inline, 0, inline.length);
  }

  /** Those of `rows` are finished, and their values came along. */
  finishedInline(keys: readonly string[], rows: Uint32Array, values: InlineValues): void {
    const { inline, inlineStart } = values;
    for (const row of rows) {
      const key = keys[row] as string;
      const entry = this.#entries.get(key);
      if (entry === undefined) continue;
      entry.setInline(values, row);
      this.#tellEnded(key, entry);
      this.#tellValue(key, entry, inline, inlineStart[row] as number, inlineStart[row + 1] as number);
    }
  }

  arrived(key: string, bytes: Uint8Array): void {
    const entry = this.#entries.get(key);
    if (entry !== undefined) this.#tellValue(key, entry, bytes, 0, bytes.length);
  }

  /** The submission of these keys failed before anything was sent, or was refused. */
  failed(keys: Iterable<string>, error: Error): void {
    for (const key of keys) {
      const entry = this.#entries.get(key);
      if (entry === undefined) continue;
      entry.failure = error;
      const wire = { kind: "refused", name: error.name, message: error.message } as const;
      entry.set({ state: "error", error: { error: wire, origin: key, attempts: 0 } });
      this.#end(key, entry, error);
    }
  }

  /** Nothing is heard any more: everybody who waits is told. */
  close(error: Error): void {
    this.#closed = error;
    for (const [key, entry] of this.#entries) this.#end(key, entry, error);
  }

  #tellEnded(key: string, entry: KeyEntry): void {
    const { forEnd } = entry;
    if (forEnd === undefined) return;
    entry.forEnd = undefined;
    for (const resolve of forEnd) resolve();
    this.#haveHeard(key, entry, forEnd.length);
  }

  #tellValue(key: string, entry: KeyEntry, bytes: Uint8Array, start: number, end: number): void {
    const { forValue } = entry;
    if (forValue === undefined) return;
    entry.forValue = undefined;
    if (!Array.isArray(forValue)) forValue.arrived(bytes, start, end);
    else for (const waiter of forValue) waiter.arrived(bytes, start, end);
    this.#haveHeard(key, entry, Array.isArray(forValue) ? forValue.length : 1);
  }

  #end(key: string, entry: KeyEntry, error: Error): void {
    this.#tellEnded(key, entry);
    const waiters = entry.waiting();
    entry.forValue = undefined;
    for (const waiter of waiters) waiter.failed(error);
    this.#haveHeard(key, entry, waiters.length);
  }

  /** So many wait no more. */
  #haveHeard(key: string, entry: KeyEntry, count: number): void {
    this.#keepAlive.less(count);
    this.#lessBy(key, entry, count);
  }
}
