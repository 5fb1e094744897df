/**
 * A client's side of the conversation with its scheduler: the graphs it has submitted, the keys it wants, and what
 * became of them.
 *
 * It can say all of it again: to a scheduler that starts afresh it offers every graph of which it still wants
 * something, under the same graph ids, then its wants, then the questions nobody has answered. So a future never
 * fails because a scheduler did.
 *
 * Invariants, asserted by `validate()`:
 *   C1 a graph is kept only while a key is wanted of it, or of a graph that refers to it;
 *   C2 the digest is that of the wanted keys, without those that were cancelled: the scheduler has let go of them;
 *   C3 only values of wanted keys are being fetched.
 */

import { MachineError } from "../../errors.js";
import { keyHash } from "../../protocol/digest.js";
import type {
  ClientToScheduler,
  PeerMessage,
  SchedulerToClient,
  Status,
  StatusError,
} from "../../protocol/messages.js";
import type { PeerId } from "../../protocol/addresses.js";
import type { Core } from "../runtime/core.js";
import { compileMachine, illegal, step } from "../task/compile.js";
import { Fetches } from "../transfer/fetches.js";
import type { ClientConfig } from "./config.js";
import { Graphs } from "./graphs.js";
import { outcomeOf } from "./outcome.js";
import { sessionMachine } from "./session.machine.js";
import type { ClientInstruction, ClientStimulus, Outcome, Put } from "./stimuli.js";

interface Wanted {
  readonly hash: number;
  outcome: Outcome;
  /** Somebody waits for the value itself. */
  needed: boolean;
}

/** Whether the scheduler counts the key among this client's wants: what it has cancelled it does not. */
function isWantedThere({ outcome }: Wanted): boolean {
  return outcome.state !== "cancelled";
}

function isSaidAgain({ kind }: ClientToScheduler | PeerMessage): boolean {
  return (
    kind === "submit" || kind === "want" || kind === "cancel" || kind === "query" || kind === "runEverywhere"
  );
}

const session = compileMachine(sessionMachine);

const pending: Outcome = Object.freeze({ state: "pending" });

export class ClientCore implements Core<ClientStimulus, ClientInstruction> {
  readonly #config: ClientConfig;
  readonly #wanted = new Map<string, Wanted>();
  readonly #graphs = new Graphs();
  /** Keys that the scheduler has been told to cancel, and has not said so of, with the reasons. */
  readonly #cancelling = new Map<string, string>();
  /** Questions without an answer yet, as they were asked. */
  readonly #questions = new Map<number, ClientToScheduler>();
  /** Wanted keys that are to be done even without this client. */
  readonly #detached = new Set<string>();
  readonly #puts = new Map<number, Put>();
  readonly #fetching = new Map<number, string>();
  readonly #fetches: Fetches;
  readonly #out: ClientInstruction[] = [];
  #scheduler: PeerId | undefined;
  #session = session.initial;
  #digest = 0;
  #nextBeatAt = 0;
  #at = 0;

  constructor(config: ClientConfig) {
    this.#config = config;
    this.#fetches = new Fetches(config, this.#out);
  }

  handle(stimulus: ClientStimulus, atMs: number): void {
    this.#at = atMs;
    switch (stimulus.type) {
      case "message":
        return this.#message(stimulus.from, stimulus.message);
      case "peerUp":
        if (stimulus.hello.role !== "scheduler") return;
        this.#scheduler = stimulus.peer;
        this.#live(session.event.SCHEDULER_UP);
        return this.#sayEverything();
      case "linkReset":
        if (stimulus.peer === this.#scheduler) return this.#sayEverything();
        this.#fetches.linkReset(stimulus.peer);
        for (const put of this.#puts.values()) if (put.to === stimulus.peer) this.#sendPut(put);
        return this.#fetchMore();
      case "peerLost":
        if (stimulus.peer === this.#scheduler) {
          this.#scheduler = undefined;
          this.#live(session.event.SCHEDULER_LOST);
        }
        return this.#lostPeer(stimulus.peer);
      case "submit":
        for (const key of stimulus.wants) this.#want(key);
        this.#graphs.add(stimulus.parts, stimulus.wants);
        for (const part of stimulus.parts) this.#tell(part);
        return;
      case "want":
        if (stimulus.detached === true) return this.#detach(stimulus.keys);
        for (const key of stimulus.keys) this.#want(key);
        return this.#tell({ kind: "want", keys: stimulus.keys });
      case "release":
        return this.#release(stimulus.keys);
      case "cancel":
        for (const key of stimulus.keys)
          if (this.#wanted.has(key)) this.#cancelling.set(key, stimulus.reason);
        return this.#tell({ kind: "cancel", keys: stimulus.keys, reason: stimulus.reason });
      case "retry":
        for (const key of stimulus.keys) this.#become(key, pending);
        return this.#tell({ kind: "retry", keys: stimulus.keys });
      case "need":
        return this.#need(stimulus.key);
      case "query":
        return this.#ask(stimulus.id, { kind: "query", id: stimulus.id, what: stimulus.what });
      case "runEverywhere": {
        const { id, fn, args, workers } = stimulus;
        return this.#ask(id, {
          kind: "runEverywhere",
          id,
          fn,
          args,
          ...(workers === undefined ? {} : { workers }),
        });
      }
      case "put":
        this.#puts.set(stimulus.id, stimulus);
        return this.#sendPut(stimulus);
      case "scattered": {
        const { key, run, nbytes, holders } = stimulus;
        this.#want(key);
        return this.#tell({ kind: "scatter", key, run, nbytes, holders });
      }
      case "close":
        this.#tell({ kind: "bye", reason: "closed" });
        return this.#live(session.event.CLOSE);
      case "tick":
        return this.#tick();
      case "linkFull":
      case "linkDrained":
      case "stale":
      case "stalled":
      case "busDown":
      case "busUp":
        return;
    }
  }

  /** `connecting`, `connected`, `waiting` or `closed`. */
  get session(): string {
    return session.states[this.#session] as string;
  }

  #live(event: number): void {
    const next = step(session, this.#session, event);
    if (next !== illegal) this.#session = next;
  }

  drain(): ClientInstruction[] {
    return this.#out.splice(0);
  }

  nextTimer(): number {
    return this.#nextBeatAt;
  }

  /** Keys this client wants and has no outcome of. */
  pending(): string[] {
    return [...this.#wanted].filter(([, { outcome }]) => outcome.state === "pending").map(([key]) => key);
  }

  /** @throws MachineError when a numbered invariant does not hold. */
  validate(): void {
    const broken = (what: string): never => {
      throw new MachineError("client", what);
    };
    let digest = 0;
    for (const [key, wanted] of this.#wanted)
      if (isWantedThere(wanted)) digest = (digest ^ keyHash(key)) >>> 0;
    if (digest !== this.#digest) broken("C2 the digest is not that of the wanted keys");
    for (const key of this.#graphs.keys())
      if (!this.#wanted.has(key)) broken(`C1 a graph is kept for "${key}"`);
    for (const key of this.#fetching.values())
      if (!this.#wanted.has(key)) broken(`C3 "${key}" is fetched for nobody`);
  }

  // ---- to the scheduler ---------------------------------------------------------------------------------------

  #tell(message: ClientToScheduler): void {
    // Without a scheduler nothing is lost: the next one is told everything.
    if (this.#scheduler !== undefined) this.#out.push({ type: "send", to: this.#scheduler, message });
  }

  #ask(id: number, question: ClientToScheduler): void {
    this.#questions.set(id, question);
    this.#tell(question);
  }

  #sayEverything(): void {
    // What is still to be sent of this would come first, and might refer to what has yet to be said.
    const unsent = this.#out.splice(0).filter((each) => each.type !== "send" || !isSaidAgain(each.message));
    this.#out.push(...unsent);
    for (const part of this.#graphs.parts()) this.#tell(part);
    this.#sayWants();
    if (this.#detached.size > 0) this.#tell({ kind: "want", keys: [...this.#detached], detached: true });
    for (const [key, reason] of this.#cancelling) this.#tell({ kind: "cancel", keys: [key], reason });
    for (const question of this.#questions.values()) this.#tell(question);
  }

  /** All that is wanted: what the scheduler believes beyond that is out of date. */
  #sayWants(): void {
    const keys = [...this.#wanted].filter(([, wanted]) => isWantedThere(wanted)).map(([key]) => key);
    this.#tell({ kind: "want", keys, all: true });
  }

  #tick(): void {
    if (this.#at < this.#nextBeatAt) return;
    this.#nextBeatAt = this.#at + this.#config.heartbeatIntervalMs;
    this.#tell({ kind: "clientBeat", wantDigest: this.#digest });
    this.#fetches.tick(this.#at);
    this.#fetchMore();
  }

  // ---- wants --------------------------------------------------------------------------------------------------

  #want(key: string): void {
    this.#cancelling.delete(key);
    const known = this.#wanted.get(key);
    if (known !== undefined) {
      // Wanted anew: the scheduler does not remember that it was wanted before.
      if (known.outcome.state === "cancelled" || known.outcome.state === "lost") this.#become(key, pending);
      return;
    }
    const hash = keyHash(key);
    this.#wanted.set(key, { hash, outcome: pending, needed: false });
    this.#digest = (this.#digest ^ hash) >>> 0;
  }

  #detach(keys: readonly string[]): void {
    for (const key of keys) if (this.#wanted.has(key)) this.#detached.add(key);
    this.#tell({ kind: "want", keys, detached: true });
  }

  #release(keys: readonly string[]): void {
    const released = keys.filter((key) => this.#forget(key));
    if (released.length > 0) this.#tell({ kind: "release", keys: released });
  }

  #forget(key: string): boolean {
    const wanted = this.#wanted.get(key);
    if (wanted === undefined) return false;
    this.#wanted.delete(key);
    this.#cancelling.delete(key);
    this.#detached.delete(key);
    if (isWantedThere(wanted)) this.#digest = (this.#digest ^ wanted.hash) >>> 0;
    this.#graphs.unwanted(key);
    if (wanted.outcome.state === "finished") this.#stopFetching(wanted.outcome.located.run);
    return true;
  }

  #become(key: string, outcome: Outcome): void {
    const wanted = this.#wanted.get(key);
    if (wanted === undefined) return;
    if (wanted.outcome.state === "finished") this.#stopFetching(wanted.outcome.located.run);
    // What was finished when the scheduler heard of it is cancelled all the same.
    if (outcome.state !== "finished") this.#cancelling.delete(key);
    const before = isWantedThere(wanted);
    wanted.outcome = outcome;
    if (before !== isWantedThere(wanted)) this.#digest = (this.#digest ^ wanted.hash) >>> 0;
    this.#out.push({ type: "settled", key, outcome });
    if (wanted.needed) this.#need(key);
  }

  // ---- values -------------------------------------------------------------------------------------------------

  #need(key: string): void {
    const wanted = this.#wanted.get(key);
    if (wanted === undefined) return;
    if (wanted.outcome.state !== "finished") {
      wanted.needed = wanted.outcome.state === "pending";
      return;
    }
    const { run, nbytes, inline, holders } = wanted.outcome.located;
    // An inline value was handed out with the news that the key is finished.
    wanted.needed = inline === undefined;
    if (inline !== undefined) return;
    if (this.#fetching.has(run)) return;
    this.#fetching.set(run, key);
    this.#fetches.want(run, key, nbytes, holders);
    this.#fetchMore();
  }

  #fetchMore(): void {
    for (const ended of this.#fetches.pump(this.#at)) {
      const key = this.#fetching.get(ended.run);
      this.#fetching.delete(ended.run);
      if (key === undefined || !("asked" in ended)) continue;
      this.#tell({ kind: "unavailable", key, run: ended.run, holders: ended.asked });
      this.#become(key, pending);
    }
  }

  #stopFetching(run: number): void {
    if (this.#fetching.delete(run)) this.#fetches.unwant(run);
  }

  #lostPeer(peer: PeerId): void {
    this.#fetches.peerLost(peer);
    this.#fetchMore();
    for (const put of this.#puts.values()) {
      if (put.to !== peer) continue;
      this.#puts.delete(put.id);
      this.#out.push({ type: "put", id: put.id, ok: false });
    }
  }

  #sendPut({ id, to, run, key, bytes }: Put): void {
    const total = bytes.length;
    for (let offset = 0; offset < total; offset += this.#config.chunkBytes) {
      const chunk = bytes.subarray(offset, Math.min(total, offset + this.#config.chunkBytes));
      this.#out.push({
        type: "send",
        to,
        message: { kind: "put", id, run, key, offset, total, bytes: chunk },
      });
    }
  }

  // ---- what is heard ------------------------------------------------------------------------------------------

  #message(from: PeerId, message: SchedulerToClient | PeerMessage): void {
    switch (message.kind) {
      case "status":
        return this.#status(message);
      case "wants?":
        return this.#sayWants();
      case "refused": {
        const keys = this.#graphs.refused(message.graphId);
        const error: StatusError = { error: message.error, origin: keys[0] ?? "", attempts: 0 };
        for (const key of keys) this.#become(key, { state: "error", error });
        this.#out.push({ type: "refused", graphId: message.graphId, keys, error });
        return;
      }
      case "answer":
        if (!this.#questions.delete(message.id)) return;
        this.#out.push({ type: "answer", id: message.id, ok: message.ok, value: message.value });
        return;
      case "event":
        this.#out.push({ type: "event", topic: message.topic, data: message.data });
        return;
      case "chunk":
        return this.#chunk(from, message);
      case "gone":
        this.#fetches.gone(from, message.id, message.runs);
        return this.#fetchMore();
      case "putDone":
        if (this.#puts.delete(message.id)) this.#out.push({ type: "put", id: message.id, ok: message.ok });
        return;
      default:
        return;
    }
  }

  #status(status: Status): void {
    const details = outcomeOf(status);
    for (let i = 0; i < status.keys.length; i++) this.#become(status.keys[i] as string, details(i));
  }

  #chunk(from: PeerId, chunk: Extract<PeerMessage, { kind: "chunk" }>): void {
    const fetched = this.#fetches.chunk(from, chunk, this.#at);
    if (fetched === undefined) return;
    const key = this.#fetching.get(fetched.run);
    this.#fetching.delete(fetched.run);
    const wanted = key === undefined ? undefined : this.#wanted.get(key);
    if (key === undefined || wanted === undefined) return;
    wanted.needed = false;
    this.#out.push({ type: "value", key, run: fetched.run });
  }
}
