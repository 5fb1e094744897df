/**
 * What a client says to its scheduler, and what it must be able to say again: to a scheduler that starts afresh, or
 * when a link has, it says all of it, in an order in which nothing refers to what has yet to be said.
 */

import type { PeerId } from "../../protocol/addresses.js";
import type { ClientToScheduler, PeerMessage, Scatter } from "../../protocol/messages.js";
import type { Graphs } from "./graphs.js";
import { detachedPages, keepPages, pagesOf, releasePages, retryPages, wantPages } from "./pages.js";
import type { ClientInstruction } from "./stimuli.js";
import type { Wants } from "./wants.js";

const saidAgain: ReadonlySet<string> = new Set<ClientToScheduler["kind"]>([
  "submit",
  "keep",
  "scatter",
  "want",
  "release",
  "cancel",
  "retry",
  "query",
  "runEverywhere",
]);

function isSaidAgain({ kind }: ClientToScheduler | PeerMessage): boolean {
  return saidAgain.has(kind);
}

export class ToScheduler {
  readonly #graphs: Graphs;
  readonly #wants: Wants;
  readonly #out: ClientInstruction[];
  /** Keys that the scheduler has been told to cancel, and has not said so of, with the reasons. */
  readonly #cancelling = new Map<string, string>();
  /** Questions without an answer yet, as they were asked. */
  readonly #questions = new Map<number, ClientToScheduler>();
  /** Wanted keys that are to be done even without this client. */
  readonly #detached = new Set<string>();
  /** Keys that are to be tried again, and have not settled since. */
  readonly #retrying = new Set<string>();
  /** Values that were put on workers, and of which the scheduler has not said that it knows. */
  readonly #scattered = new Map<string, Scatter>();
  /** Turns, releases and retries, that it was told of. */
  #turns = 0;
  /** The scheduler there is. */
  peer: PeerId | undefined;

  constructor(graphs: Graphs, wants: Wants, out: ClientInstruction[]) {
    this.#graphs = graphs;
    this.#wants = wants;
    this.#out = out;
  }

  get turns(): number {
    return this.#turns;
  }

  tell(message: ClientToScheduler): void {
    // Without a scheduler nothing is lost: the next one is told everything.
    if (this.peer !== undefined) this.#out.push({ type: "send", to: this.peer, message });
  }

  want(keys: readonly string[]): void {
    this.#tellAll(pagesOf(keys, (page) => ({ kind: "want", keys: page })));
  }

  /** They are to be done whatever becomes of this client. */
  detach(keys: readonly string[]): void {
    for (const key of keys) if (this.#wants.has(key)) this.#detached.add(key);
    this.#tellAll(detachedPages(keys));
  }

  release(keys: readonly string[]): void {
    if (keys.length > 0) this.#tellAll(releasePages(++this.#turns, keys));
  }

  cancel(keys: readonly string[], reason: string): void {
    for (const key of keys) if (this.#wants.has(key)) this.#cancelling.set(key, reason);
    this.#tellAll(pagesOf(keys, (page) => ({ kind: "cancel", keys: page, reason })));
  }

  /** What is said of them from before it was heard does not count. */
  retry(keys: readonly string[]): void {
    if (keys.length === 0) return;
    const nth = ++this.#turns;
    for (const key of keys) {
      const wanted = this.#wants.get(key);
      if (wanted === undefined) continue;
      wanted.heedsFrom = nth;
      this.#retrying.add(key);
    }
    this.#tellAll(retryPages(nth, keys));
  }

  /** A value is on workers. */
  scatter(message: Scatter): void {
    this.#scattered.set(message.key, message);
    this.tell(message);
  }

  ask(id: number, question: ClientToScheduler): void {
    this.#questions.set(id, question);
    this.tell(question);
  }

  /** All that is wanted, and of which the end is known. */
  sayWants(): void {
    this.#tellAll(wantPages(this.#wants, true));
  }

  /** What was said is not known to have been heard. */
  everything(): void {
    // What is still to be sent of this would come first, and might refer to what has yet to be said.
    const unsent = this.#out.splice(0).filter((each) => each.type !== "send" || !isSaidAgain(each.message));
    this.#out.push(...unsent);
    // That keys were released may have been lost. The tasks they stood for must go before others under the same keys come.
    if (this.#turns > 0) this.#tellAll(keepPages(this.#wants, this.#turns));
    for (const message of this.#scattered.values()) this.tell(message);
    for (const part of this.#graphs.parts()) this.tell(part);
    this.#tellAll(wantPages(this.#wants, false));
    this.#tellAll(detachedPages([...this.#detached]));
    for (const [key, reason] of this.#cancelling) this.tell({ kind: "cancel", keys: [key], reason });
    this.retry([...this.#retrying]);
    for (const question of this.#questions.values()) this.tell(question);
  }

  /** It has an answer. False when nobody has asked, or it had one before. */
  answered(id: number): boolean {
    return this.#questions.delete(id);
  }

  /** The key is not to be cancelled any more: it is, or is wanted anew. */
  keep(key: string): void {
    if (this.#cancelling.size > 0) this.#cancelling.delete(key);
  }

  /** The scheduler knows the key, and how it ended. */
  settled(key: string): void {
    if (this.#retrying.size > 0) this.#retrying.delete(key);
    if (this.#scattered.size > 0) this.#scattered.delete(key);
  }

  /** The key is not wanted any more. */
  forget(key: string): void {
    this.keep(key);
    this.settled(key);
    if (this.#detached.size > 0) this.#detached.delete(key);
  }

  #tellAll(messages: readonly ClientToScheduler[]): void {
    for (const message of messages) this.tell(message);
  }
}
