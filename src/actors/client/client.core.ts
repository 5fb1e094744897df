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
 *   C2 the digests are those of the wanted keys that the scheduler should know of, and of those of them that have settled;
 *   C3 only values of wanted keys are being fetched.
 */

import { MachineError } from "../../errors.js";
import type { PeerMessage, SchedulerToClient, Status, StatusError } from "../../protocol/messages.js";
import type { PeerId } from "../../protocol/addresses.js";
import type { Core } from "../runtime/core.js";
import { compileMachine, illegal, step } from "../task/compile.js";
import type { ClientConfig } from "./config.js";
import { Graphs } from "./graphs.js";
import { KeyFetches } from "./key-fetches.js";
import { isInline, outcomeOf, pending } from "./outcome.js";
import { Puts } from "./puts.js";
import { sessionMachine } from "./session.machine.js";
import type { ClientInstruction, ClientStimulus, InlineValues, Outcome } from "./stimuli.js";
import { ToScheduler } from "./to-scheduler.js";
import { Wants, type Wanted } from "./wants.js";

const session = compileMachine(sessionMachine);

export class ClientCore implements Core<ClientStimulus, ClientInstruction> {
  readonly #config: ClientConfig;
  readonly #wants = new Wants();
  readonly #graphs = new Graphs(this.#wants);
  readonly #fetches: KeyFetches;
  readonly #puts: Puts;
  readonly #out: ClientInstruction[] = [];
  readonly #scheduler = new ToScheduler(this.#graphs, this.#wants, this.#out);
  #session = session.initial;
  #nextBeatAt = 0;
  #at = 0;

  constructor(config: ClientConfig) {
    this.#config = config;
    this.#fetches = new KeyFetches(config, this.#out);
    this.#puts = new Puts(config.chunkBytes, this.#out);
  }

  handle(stimulus: ClientStimulus, atMs: number): void {
    this.#at = atMs;
    switch (stimulus.type) {
      case "message":
        return this.#message(stimulus.from, stimulus.message);
      case "peerUp":
        if (stimulus.hello.role !== "scheduler") return;
        this.#scheduler.peer = stimulus.peer;
        this.#live(session.event.SCHEDULER_UP);
        return this.#scheduler.everything();
      case "linkReset":
        if (stimulus.peer === this.#scheduler.peer) return this.#scheduler.everything();
        this.#fetches.linkReset(stimulus.peer);
        this.#puts.linkReset(stimulus.peer);
        return this.#fetchMore();
      case "peerLost":
        if (stimulus.peer === this.#scheduler.peer) {
          this.#scheduler.peer = undefined;
          this.#live(session.event.SCHEDULER_LOST);
        }
        this.#fetches.peerLost(stimulus.peer);
        this.#fetchMore();
        return this.#puts.peerLost(stimulus.peer);
      case "submit":
        for (const key of stimulus.wants) this.#want(key);
        this.#graphs.add(stimulus.parts, stimulus.wants);
        for (const part of stimulus.parts) this.#scheduler.tell(part);
        return;
      case "want":
        if (stimulus.detached === true) return this.#scheduler.detach(stimulus.keys);
        for (const key of stimulus.keys) this.#want(key);
        return this.#scheduler.want(stimulus.keys);
      case "release":
        return this.#scheduler.release(stimulus.keys.filter((key) => this.#forget(key)));
      case "cancel":
        return this.#scheduler.cancel(stimulus.keys, stimulus.reason);
      case "retry":
        for (const key of stimulus.keys) this.#become(key, pending);
        return this.#scheduler.retry(stimulus.keys);
      case "need":
        for (const key of stimulus.keys) this.#need(key);
        return;
      case "query":
        return this.#scheduler.ask(stimulus.id, { kind: "query", id: stimulus.id, what: stimulus.what });
      case "runEverywhere": {
        const { id, fn, args, workers } = stimulus;
        return this.#scheduler.ask(id, {
          kind: "runEverywhere",
          id,
          fn,
          args,
          ...(workers === undefined ? {} : { workers }),
        });
      }
      case "put":
        return this.#puts.start(stimulus);
      case "scattered": {
        const { key, run, nbytes, holders } = stimulus;
        this.#want(key);
        return this.#scheduler.scatter({ kind: "scatter", key, run, nbytes, holders });
      }
      case "close":
        this.#scheduler.tell({ kind: "bye", reason: "closed" });
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
    return this.#wants.pending();
  }

  /** @throws MachineError when a numbered invariant does not hold. */
  validate(): void {
    const broken = (what: string): never => {
      throw new MachineError("client", what);
    };
    const miscounted = this.#graphs.miscounted();
    if (miscounted !== undefined) broken(`C1 graph ${miscounted} is not kept for the keys wanted of it`);
    if (!this.#wants.areDigestsRight()) broken("C2 the digests are not those of the wanted keys");
    for (const key of this.#fetches.keys())
      if (!this.#wants.has(key)) broken(`C3 "${key}" is fetched for nobody`);
  }

  #tick(): void {
    if (this.#at < this.#nextBeatAt) return;
    this.#nextBeatAt = this.#at + this.#config.heartbeatIntervalMs;
    const { digest: wantDigest, settledDigest } = this.#wants;
    this.#scheduler.tell({ kind: "clientBeat", wantDigest, settledDigest });
    this.#fetches.tick(this.#at);
    this.#fetchMore();
  }

  // ---- wants --------------------------------------------------------------------------------------------------

  #want(key: string): void {
    this.#scheduler.keep(key);
    const known = this.#wants.get(key);
    // Wanted anew: the scheduler does not remember that it was wanted before.
    if (known === undefined) this.#wants.add(key, this.#scheduler.turns);
    else if (known.state === "cancelled" || known.state === "lost") this.#become(key, pending);
  }

  /** Whether it was wanted. */
  #forget(key: string): boolean {
    const wanted = this.#wants.get(key);
    if (wanted === undefined) return false;
    this.#wants.delete(wanted);
    this.#scheduler.forget(key);
    this.#graphs.unwanted(wanted);
    this.#fetches.stop(wanted);
    return true;
  }

  #become(key: string, outcome: Outcome, isRefused = false): void {
    const wanted = this.#wants.get(key);
    if (wanted === undefined) return;
    this.#fetches.stop(wanted);
    // What was finished when the scheduler heard of it is cancelled all the same.
    if (outcome.state !== "finished") this.#scheduler.keep(key);
    if (outcome.state !== "pending") this.#scheduler.settled(key);
    if (isRefused) this.#wants.refuse(wanted, outcome);
    else this.#wants.become(wanted, outcome);
    this.#out.push({ type: "settled", key, outcome });
    if (wanted.needed) this.#need(key);
  }

  // ---- values -------------------------------------------------------------------------------------------------

  #need(key: string): void {
    const wanted = this.#wants.get(key);
    if (wanted === undefined) return;
    wanted.needed = wanted.state === "pending";
    if (wanted.state !== "finished") return;
    const { outcome } = wanted;
    // An inline value was handed out with the news that the key is finished.
    if (outcome.state !== "finished" || outcome.located.inline !== undefined) return;
    wanted.needed = true;
    if (this.#fetches.want(key, outcome.located)) this.#fetchMore();
  }

  #fetchMore(): void {
    for (const { key, run, asked } of this.#fetches.pump(this.#at)) {
      this.#scheduler.tell({ kind: "unavailable", key, run, holders: asked });
      this.#become(key, pending);
    }
  }

  // ---- what is heard ------------------------------------------------------------------------------------------

  #message(from: PeerId, message: SchedulerToClient | PeerMessage): void {
    switch (message.kind) {
      case "status":
        return this.#status(message);
      case "wants?":
        return this.#scheduler.sayWants();
      case "refused": {
        const keys = this.#graphs.refused(message.graphId);
        const error: StatusError = { error: message.error, origin: keys[0] ?? "", attempts: 0 };
        for (const key of keys) this.#become(key, { state: "error", error }, true);
        this.#out.push({ type: "refused", graphId: message.graphId, keys, error });
        return;
      }
      case "answer":
        if (!this.#scheduler.answered(message.id)) return;
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
        return this.#puts.ended(message.id, message.ok);
      default:
        return;
    }
  }

  #status(status: Status): void {
    const { turns, keys, run, nbytes, inlineStart, inline } = status;
    const outcomeAt = outcomeOf(status);
    const values = { run, nbytes, inlineStart, inline };
    const rows = new Uint32Array(keys.length);
    let count = 0;
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i] as string;
      const wanted = this.#wants.get(key);
      if (wanted === undefined || wanted.heedsFrom > turns) continue;
      if (isInline(status, i)) {
        this.#finish(wanted, values, i);
        rows[count++] = i;
      } else this.#become(key, outcomeAt(i));
    }
    if (count > 0) this.#out.push({ type: "finished", keys, rows: rows.subarray(0, count), values });
  }

  #finish(wanted: Wanted, values: InlineValues, row: number): void {
    this.#fetches.stop(wanted);
    this.#scheduler.settled(wanted.key);
    this.#wants.becomeInline(wanted, values, row);
    wanted.needed = false;
  }

  #chunk(from: PeerId, chunk: Extract<PeerMessage, { kind: "chunk" }>): void {
    const fetched = this.#fetches.chunk(from, chunk, this.#at);
    const wanted = fetched === undefined ? undefined : this.#wants.get(fetched.key);
    if (fetched === undefined || wanted === undefined) return;
    wanted.needed = false;
    this.#out.push({ type: "value", ...fetched });
  }
}
