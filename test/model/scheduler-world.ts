/**
 * A small world around the scheduler core for random walks: tasks with known definitions and values, workers that keep
 * to the protocol (they run what they can, fetch what is elsewhere, report what is missing) but may be late, die, come
 * back, lose messages and lie dormant, and clients that want, release, cancel and leave at any time.
 *
 * The value of a task is a number made of its key and its inputs' values, so a wrong input shows in the result.
 */

import { SchedulerCore } from "../../src/actors/scheduler/scheduler.core.js";
import type { SchedulerConfig } from "../../src/actors/scheduler/config.js";
import type { SchedulerStimulus } from "../../src/actors/scheduler/stimuli.js";
import { runHash } from "../../src/protocol/digest.js";
import {
  futureStates,
  type ClientToScheduler,
  type Message,
  type Run,
  type Status,
  type WorkerToScheduler,
} from "../../src/protocol/messages.js";
import { graphOf, type TaskSpec } from "../support/scheduler-harness.js";

export interface Definition extends TaskSpec {
  /** It always throws. */
  readonly poison?: boolean;
}

interface WorldRun {
  readonly run: number;
  readonly key: string;
  readonly inputs: readonly number[];
}

interface WorldWorker {
  readonly peer: string;
  readonly name: string;
  readonly runs: Map<number, WorldRun>;
  /** Cancelled while they were running: they may still bring a result. */
  readonly zombies: Map<number, WorldRun>;
  /** Values held, inline ones that came with runs included. */
  readonly held: Map<number, string>;
  readonly inlined: Set<number>;
  readonly remote: Map<number, readonly string[]>;
  /** Messages that reach it are lost until its link is reset. */
  deaf: boolean;
  /** What it holds from the incarnation before it. */
  readonly gifts: Set<number>;
  registered: boolean;
  leaving: boolean;
}

interface WorldClient {
  readonly peer: string;
  readonly wants: Map<string, string>;
  turns: number;
}

const nothing = new Uint8Array();

export class World {
  core: SchedulerCore;
  now = 0;
  readonly definitions: readonly Definition[];
  readonly workers: WorldWorker[] = [];
  readonly clients: WorldClient[] = [];
  /** What each run made. */
  readonly valueOf = new Map<number, number>();
  readonly keyOf = new Map<number, string>();
  /** Keys in which something was made to go wrong. */
  readonly spoiled = new Set<string>();
  readonly #config: Partial<SchedulerConfig>;
  readonly #dead: WorldWorker[] = [];
  #incarnations = 0;
  epoch = 1;
  readonly log: string[] = [];

  constructor(definitions: readonly Definition[], config: Partial<SchedulerConfig> = {}) {
    this.definitions = definitions;
    this.#config = config;
    this.core = new SchedulerCore({ epoch: 1, seed: 3, config });
  }

  definition(key: string): Definition {
    return this.definitions.find((each) => each.key === key)!;
  }

  /** What the task should give. */
  oracle(key: string): number {
    const { needs = [], literal } = this.definition(key);
    return literal === undefined
      ? combine(
          key,
          needs.map((input) => this.oracle(input)),
        )
      : literal[0]!;
  }

  isPoisoned(key: string): boolean {
    const { needs = [], after = [], poison } = this.definition(key);
    return poison === true || [...needs, ...after].some((input) => this.isPoisoned(input));
  }

  /** Whether an error of the key may be told: something went wrong in it or above. */
  mayErr(key: string): boolean {
    const { needs = [], after = [] } = this.definition(key);
    return this.spoiled.has(key) || [...needs, ...after].some((input) => this.mayErr(input));
  }

  feed(stimulus: SchedulerStimulus): void {
    this.core.handle(stimulus, this.now);
    this.core.validate();
    for (const instruction of this.core.drain()) {
      if (instruction.type === "forget") this.#forgotten(instruction.peer);
      if (instruction.type === "send") this.#deliver(instruction.to, instruction.message);
    }
  }

  advance(ms: number): void {
    const end = this.now + ms;
    for (
      let next = this.core.nextTimer() ?? Infinity;
      next <= end;
      next = this.core.nextTimer() ?? Infinity
    ) {
      this.now = Math.max(this.now, next);
      this.feed({ type: "tick" });
    }
    this.now = end;
  }

  // ---- clients ------------------------------------------------------------------------------------------------

  addClient(): void {
    const peer = `client:c:${++this.#incarnations}`;
    this.clients.push({ peer, wants: new Map(), turns: 0 });
    this.feed({
      type: "peerUp",
      peer,
      hello: { kind: "hello", role: "client", name: "c", versions: [1, 1] },
    });
  }

  say(peer: string, message: ClientToScheduler | WorkerToScheduler): void {
    this.feed({ type: "message", from: peer, message });
  }

  /** The client submits what these keys need. */
  submit(client: WorldClient, keys: readonly string[]): void {
    const needed = new Set<string>();
    const visit = (key: string): void => {
      if (needed.has(key)) return;
      const { needs = [], after = [] } = this.definition(key);
      for (const input of [...needs, ...after]) visit(input);
      needed.add(key);
    };
    for (const key of keys) visit(key);
    for (const key of keys) if (!client.wants.has(key)) client.wants.set(key, "pending");
    this.say(
      client.peer,
      graphOf(
        [...needed].map((key) => this.definition(key)),
        { wants: keys },
      ),
    );
  }

  release(client: WorldClient, keys: readonly string[]): void {
    this.say(client.peer, { kind: "release", keys, nth: ++client.turns });
  }

  retry(client: WorldClient, keys: readonly string[]): void {
    this.say(client.peer, { kind: "retry", keys, nth: ++client.turns });
  }

  loseClient(client: WorldClient): void {
    this.clients.splice(this.clients.indexOf(client), 1);
    this.feed({ type: "peerLost", peer: client.peer, why: "nobody" });
  }

  // ---- workers ------------------------------------------------------------------------------------------------

  addWorker(name: string): WorldWorker {
    const peer = `worker:${name}:${++this.#incarnations}`;
    const worker: WorldWorker = {
      peer,
      name,
      runs: new Map(),
      zombies: new Map(),
      held: new Map(),
      inlined: new Set(),
      remote: new Map(),
      gifts: new Set(),
      deaf: false,
      registered: false,
      leaving: false,
    };
    this.workers.push(worker);
    this.feed({ type: "peerUp", peer, hello: { kind: "hello", role: "worker", name, versions: [1, 1] } });
    return worker;
  }

  register(worker: WorldWorker): void {
    worker.registered = true;
    const runs = [...worker.runs.values()];
    const values = [...worker.held].filter(([run]) => !worker.inlined.has(run));
    this.say(worker.peer, {
      kind: "register",
      name: worker.name,
      threads: 1,
      concurrency: 2,
      memoryLimitBytes: 1e6,
      resources: { gpu: 1 },
      runs: Float64Array.from(runs, ({ run }) => run),
      started: new Uint8Array(runs.length),
      runKeys: runs.map(({ key }) => key),
      values: Float64Array.from(values, ([run]) => run),
      valueKeys: values.map(([, key]) => key),
      valueBytes: new Float64Array(values.length).fill(8),
      ...(worker.gifts.size === 0 ? {} : { gifts: Float64Array.from(worker.gifts) }),
    });
    if (worker.leaving) this.say(worker.peer, { kind: "leave", reason: "asked to" });
  }

  /** The worker is gone; its memory may come back under another incarnation. */
  loseWorker(worker: WorldWorker, why: "nobody" | "silent" | "bye"): void {
    // Whatever it had may be blamed on it.
    for (const { key } of worker.runs.values()) this.spoiled.add(key);
    for (const key of worker.held.values()) this.spoiled.add(key);
    this.#forgotten(worker.peer);
    this.feed({ type: "peerLost", peer: worker.peer, why });
  }

  /** A worker that was thought dead comes back with what it held and ran. */
  comeBack(at: number): void {
    const dead = this.#dead[at % Math.max(1, this.#dead.length)];
    if (dead === undefined) return;
    const worker = this.addWorker(dead.name);
    for (const [run, key] of dead.held) {
      if (dead.inlined.has(run)) continue;
      worker.held.set(run, key);
      if (at % 2 === 0) worker.gifts.add(run);
    }
    for (const each of dead.runs.values()) worker.zombies.set(each.run, each);
    this.register(worker);
  }

  #forgotten(peer: string): void {
    const worker = this.workers.find((each) => each.peer === peer);
    if (worker === undefined) {
      const client = this.clients.find((each) => each.peer === peer);
      if (client !== undefined) this.clients.splice(this.clients.indexOf(client), 1);
      return;
    }
    for (const { key } of worker.runs.values()) this.spoiled.add(key);
    for (const key of worker.held.values()) this.spoiled.add(key);
    this.workers.splice(this.workers.indexOf(worker), 1);
    this.#dead.push(worker);
  }

  /** Whether the worker can get the input now; fetches it. */
  fetch(worker: WorldWorker, input: number): boolean {
    if (worker.held.has(input)) return true;
    for (const peer of worker.remote.get(input) ?? []) {
      const holder = this.workers.find((each) => each.peer === peer);
      if (holder?.held.has(input) !== true) continue;
      worker.held.set(input, holder.held.get(input)!);
      this.say(worker.peer, { kind: "copies", added: Float64Array.of(input), dropped: new Float64Array() });
      return true;
    }
    return false;
  }

  /** Runs one task of the worker that can be run, or reports that it cannot be. False when there is nothing to do. */
  work(worker: WorldWorker, pick: number, inline: boolean): boolean {
    const candidates = [...worker.runs.values()];
    for (let i = 0; i < candidates.length; i++) {
      const run = candidates[(pick + i) % candidates.length]!;
      if (!worker.runs.has(run.run) || run.inputs.some((input) => worker.runs.has(input))) continue;
      const lacking = run.inputs.find((input) => !this.fetch(worker, input));
      if (!worker.runs.has(run.run) || !this.workers.includes(worker)) return true;
      worker.runs.delete(run.run);
      if (lacking !== undefined) {
        this.#spoilInput(lacking);
        const asked = worker.remote.get(lacking) ?? [];
        this.say(worker.peer, { kind: "missing", runs: [[run.run, lacking, asked]] });
      } else this.finish(worker, run, inline);
      return true;
    }
    return false;
  }

  /** Inputs that are lost again and again become errors by and by. */
  #spoilInput(run: number): void {
    const key = this.keyOf.get(run);
    if (key !== undefined) this.spoiled.add(key);
  }

  finish(worker: WorldWorker, { run, key, inputs }: WorldRun, inline: boolean): void {
    if (this.definition(key).poison === true) {
      this.spoiled.add(key);
      const error = { kind: "user", name: "Error", message: `${key} is poison` } as const;
      this.say(worker.peer, { kind: "failed", runs: [{ run, error }] });
      return;
    }
    this.valueOf.set(
      run,
      combine(
        key,
        inputs.map((input) => this.#value(input, key)),
      ),
    );
    worker.held.set(run, key);
    if (inline) worker.inlined.add(run);
    this.say(worker.peer, {
      kind: "done",
      run: Float64Array.of(run),
      nbytes: Float64Array.of(8),
      // Some kinds of task take long, so that there is something to steal.
      tookMs: Float32Array.of(key.length > 2 ? 500 : 1),
      inlineStart: Uint32Array.of(0, inline ? 1 : 0),
      inline: inline ? Uint8Array.of(1) : nothing,
    });
  }

  #value(run: number, key: string): number {
    const value = this.valueOf.get(run);
    if (value === undefined) throw new Error(`${key} was given run ${run}, which made nothing`);
    return value;
  }

  /** A run gives up its slot, as one that waits for tasks it has launched. */
  secede(worker: WorldWorker, pick: number): void {
    const runs = [...worker.runs.keys()];
    if (runs.length > 0)
      this.say(worker.peer, { kind: "seceded", runs: Float64Array.of(runs[pick % runs.length]!) });
  }

  beat(worker: WorldWorker, paused: boolean): void {
    const digestOf = (runs: Iterable<number>): number => {
      let digest = 0;
      for (const run of runs) digest = (digest ^ runHash(run)) >>> 0;
      return digest;
    };
    this.say(worker.peer, {
      kind: "beat",
      memoryBytes: 0,
      managedBytes: 0,
      paused,
      executing: 0,
      queued: worker.runs.size,
      loopDelayMs: 0,
      runDigest: digestOf(worker.runs.keys()),
      valueDigest: digestOf([...worker.held.keys()].filter((run) => !worker.inlined.has(run))),
    });
  }

  fail(worker: WorldWorker, pick: number, kind: "user" | "killed" | "oom" | "lost"): void {
    const runs = [...worker.runs.values()];
    const run = runs[pick % Math.max(1, runs.length)];
    if (run === undefined) return;
    this.spoiled.add(run.key);
    worker.runs.delete(run.run);
    const error = { kind, name: "Error", message: "by chance" };
    this.say(worker.peer, { kind: "failed", runs: [{ run: run.run, error }] });
  }

  /** A run that was cancelled, or was another incarnation's, ends all the same. */
  zombie(worker: WorldWorker, pick: number): void {
    const zombies = [...worker.zombies.values()];
    const run = zombies[pick % Math.max(1, zombies.length)];
    if (run === undefined) return;
    worker.zombies.delete(run.run);
    if (run.inputs.every((input) => this.valueOf.has(input))) this.finish(worker, run, pick % 2 === 0);
  }

  repeat(worker: WorldWorker, pick: number): void {
    const held = [...worker.held.keys()].filter((run) => this.valueOf.has(run) && !worker.inlined.has(run));
    const run = held[pick % Math.max(1, held.length)];
    if (run === undefined) return;
    this.say(worker.peer, {
      kind: "done",
      run: Float64Array.of(run),
      nbytes: Float64Array.of(8),
      tookMs: Float32Array.of(1),
      inlineStart: Uint32Array.of(0, 0),
      inline: nothing,
    });
  }

  drop(worker: WorldWorker, pick: number): void {
    const held = [...worker.held.keys()].filter((run) => !worker.inlined.has(run));
    const run = held[pick % Math.max(1, held.length)];
    if (run === undefined) return;
    this.#spoilInput(run);
    worker.held.delete(run);
    this.say(worker.peer, { kind: "copies", added: new Float64Array(), dropped: Float64Array.of(run) });
  }

  handBack(worker: WorldWorker, pick: number): void {
    const runs = [...worker.runs.keys()];
    const run = runs[pick % Math.max(1, runs.length)];
    if (run === undefined) return;
    worker.runs.delete(run);
    this.say(worker.peer, { kind: "handedBack", runs: Float64Array.of(run), kept: new Float64Array() });
  }

  leave(worker: WorldWorker): void {
    worker.leaving = true;
    const runs = [...worker.runs.keys()];
    worker.runs.clear();
    this.say(worker.peer, { kind: "handedBack", runs: Float64Array.from(runs), kept: new Float64Array() });
    this.say(worker.peer, { kind: "leave", reason: "asked to" });
  }

  resetLink(worker: WorldWorker): void {
    worker.deaf = false;
    this.feed({ type: "linkReset", peer: worker.peer });
    this.register(worker);
  }

  /** The scheduler is replaced by one that knows nothing; everybody tells it what they have and want. */
  takeOver(): void {
    this.core = new SchedulerCore({ epoch: ++this.epoch, seed: 5, recovering: true, config: this.#config });
    for (const worker of [...this.workers]) {
      const hello = { kind: "hello", role: "worker", name: worker.name, versions: [1, 1] } as const;
      worker.deaf = false;
      this.feed({ type: "peerUp", peer: worker.peer, hello });
      this.register(worker);
    }
    for (const client of this.clients) {
      const { peer, wants } = client;
      this.feed({
        type: "peerUp",
        peer,
        hello: { kind: "hello", role: "client", name: "c", versions: [1, 1] },
      });
      for (const [key, state] of wants) {
        // A key that is known to have failed or to be cancelled is not asked for again.
        if (state !== "pending" && state !== "finished") wants.delete(key);
      }
      if (wants.size > 0) this.submit(client, [...wants.keys()]);
    }
  }

  // ---- what is heard ------------------------------------------------------------------------------------------

  #deliver(to: string, message: Message): void {
    const worker = this.workers.find(({ peer }) => peer === to);
    if (worker !== undefined) {
      if (!worker.deaf) this.#atWorker(worker, message);
      return;
    }
    const client = this.clients.find(({ peer }) => peer === to);
    if (client === undefined) return;
    if (message.kind === "status") this.#status(client, message);
    if (message.kind === "refused") throw new Error(`refused: ${message.error.message}`);
  }

  #status(client: WorldClient, message: Status): void {
    for (const [i, key] of message.keys.entries()) {
      const state = futureStates[message.state[i]!]!;
      if (state === "error" && !this.mayErr(key)) {
        const error = message.errors.find(([at]) => at === i)?.[1].error.message;
        throw new Error(`${key} erred without reason: ${error}`);
      }
      if (state === "finished") {
        const run = message.run[i]!;
        const { literal } = this.definition(key);
        if (literal !== undefined) this.valueOf.set(run, literal[0]!);
        if (this.valueOf.get(run) !== this.oracle(key)) throw new Error(`${key} has a wrong value`);
      }
      if (client.wants.has(key)) client.wants.set(key, state);
    }
  }

  #atWorker(worker: WorldWorker, message: Message): void {
    switch (message.kind) {
      case "run":
        return this.#take(worker, message);
      case "free":
        for (const run of message.runs) worker.held.delete(run);
        return;
      case "cancelRuns":
        if (message.why === "steal") return this.#giveBack(worker, message.runs);
        for (const run of message.runs) {
          const known = worker.runs.get(run);
          if (known !== undefined) worker.zombies.set(run, known);
          worker.runs.delete(run);
        }
        return;
      case "replicate":
        for (const [run, , holders] of message.values) {
          worker.remote.set(run, holders);
          this.log.push(`replicate ${run}`);
          this.#later.push(() => void this.fetch(worker, run));
        }
        return;
      case "register?":
        this.#later.push(() => this.register(worker));
        return;
      case "bye":
        this.#later.push(() => this.loseWorker(worker, "bye"));
        return;
      default:
    }
  }

  /** What follows from what was heard, done when the stimulus is over. */
  readonly #later: (() => void)[] = [];

  settleLater(): void {
    for (let act = this.#later.shift(); act !== undefined; act = this.#later.shift()) act();
  }

  #giveBack(worker: WorldWorker, runs: Float64Array): void {
    this.#later.push(() => {
      const given = [...runs].filter((run) => worker.runs.delete(run));
      const kept = [...runs].filter((run) => !given.includes(run));
      if (!this.workers.includes(worker)) return;
      this.say(worker.peer, {
        kind: "handedBack",
        runs: Float64Array.from(given),
        kept: Float64Array.from(kept),
      });
    });
  }

  #take(worker: WorldWorker, message: Run): void {
    for (const run of message.inlineRun) {
      const key = this.keyOf.get(run);
      const literal = key === undefined ? undefined : this.definition(key).literal;
      if (literal !== undefined) this.valueOf.set(run, literal[0]!);
      worker.held.set(run, key ?? "");
      worker.inlined.add(run);
    }
    for (const [run, , holders] of message.remote) worker.remote.set(run, holders);
    for (const [i, run] of message.run.entries()) {
      const key = message.keys[i]!;
      const inputs = [...message.dep.subarray(message.depStart[i], message.depStart[i + 1])];
      const { needs = [] } = this.definition(key);
      if (inputs.length !== needs.length) throw new Error(`${key} was sent with ${inputs.length} inputs`);
      for (const [j, input] of inputs.entries()) {
        const known = this.keyOf.get(input) ?? needs[j]!;
        if (known !== needs[j]) throw new Error(`${key} was given ${known} for ${needs[j]}`);
        this.keyOf.set(input, known);
        const { literal } = this.definition(known);
        if (literal !== undefined) this.valueOf.set(input, literal[0]!);
      }
      this.keyOf.set(run, key);
      worker.runs.set(run, { run, key, inputs });
    }
  }
}

/** A number made of the key and the inputs, in order. */
function combine(key: string, inputs: readonly number[]): number {
  let sum = 17;
  for (const character of key) sum = (sum * 31 + character.charCodeAt(0)) | 0;
  for (const input of inputs) sum = (Math.imul(sum, 33) ^ input) | 0;
  return sum;
}
