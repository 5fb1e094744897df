/**
 * What a client says to its scheduler, and what it must be able to say again: to a scheduler that starts afresh, or
 * when a link has, it says all of it, in an order in which nothing refers to what has yet to be said.
 */

import type { PeerId } from "../../protocol/addresses.js";
import type { ClientToScheduler, PeerMessage } from "../../protocol/messages.js";
import type { Graphs } from "./graphs.js";
import { detachedPages, pagesOf, releasePages, wantPages } from "./pages.js";
import type { ClientInstruction } from "./stimuli.js";
import type { Wants } from "./wants.js";

const saidAgain: ReadonlySet<string> = new Set<ClientToScheduler["kind"]>([
  "submit",
  "want",
  "cancel",
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
  /** Releases it was told of, and those of them that the scheduler is known to have taken. */
  #releases = 0;
  #releasesTaken = 0;
  /** The scheduler there is. */
  peer: PeerId | undefined;

  constructor(graphs: Graphs, wants: Wants, out: ClientInstruction[]) {
    this.#graphs = graphs;
    this.#wants = wants;
    this.#out = out;
  }

  get releases(): number {
    return this.#releases;
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
    if (keys.length > 0) this.#tellAll(releasePages(++this.#releases, keys));
  }

  cancel(keys: readonly string[], reason: string): void {
    for (const key of keys) if (this.#wants.has(key)) this.#cancelling.set(key, reason);
    this.#tellAll(pagesOf(keys, (page) => ({ kind: "cancel", keys: page, reason })));
  }

  retry(keys: readonly string[]): void {
    this.#tellAll(pagesOf(keys, (page) => ({ kind: "retry", keys: page })));
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
    this.#sayReleases();
    for (const part of this.#graphs.parts()) this.tell(part);
    this.#tellAll(wantPages(this.#wants, false));
    this.#tellAll(detachedPages([...this.#detached]));
    for (const [key, reason] of this.#cancelling) this.tell({ kind: "cancel", keys: [key], reason });
    for (const question of this.#questions.values()) this.tell(question);
  }

  /** It has an answer. False when nobody has asked, or it had one before. */
  answered(id: number): boolean {
    return this.#questions.delete(id);
  }

  /** The scheduler had taken so many releases when it said what has just come. */
  taken(releases: number): void {
    if (releases > this.#releasesTaken) this.#releasesTaken = releases;
  }

  /** The key is not to be cancelled any more: it is, or is wanted anew. */
  keep(key: string): void {
    if (this.#cancelling.size > 0) this.#cancelling.delete(key);
  }

  /** The key is not wanted any more. */
  forget(key: string): void {
    this.keep(key);
    if (this.#detached.size > 0) this.#detached.delete(key);
  }

  /**
   * That keys were released may have been lost. Of those that are not wanted any more the scheduler will hear; those that
   * are wanted again may stand for other tasks now, and the old ones must go before these are submitted.
   */
  #sayReleases(): void {
    for (const [nth, keys] of this.#wants.wantedSince(this.#releasesTaken))
      this.#tellAll(releasePages(nth, keys));
    if (this.#releases > 0) this.tell({ kind: "release", keys: [], nth: this.#releases });
  }

  #tellAll(messages: readonly ClientToScheduler[]): void {
    for (const message of messages) this.tell(message);
  }
}
