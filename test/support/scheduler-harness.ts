/**
 * Drives the scheduler core by hand: clients and workers are puppets that do what a test says, and everything said is
 * written down as a dialogue. The core's invariants are checked after every stimulus.
 */

import { SchedulerCore, type SchedulerOptions } from "../../src/actors/scheduler/scheduler.core.js";
import type { SchedulerInstruction, SchedulerStimulus } from "../../src/actors/scheduler/stimuli.js";
import { keyHash, runHash } from "../../src/protocol/digest.js";
import {
  futureStates,
  taskFlags,
  type ClientToScheduler,
  type EventNotice,
  type Message,
  type Query,
  type Register,
  type Run,
  type RunOptions,
  type StatusError,
  type Submit,
  type WireError,
  type WireTaskOptions,
  type WorkerToScheduler,
} from "../../src/protocol/messages.js";

export interface TaskSpec {
  readonly key: string;
  /** Keys it needs the values of. */
  readonly needs?: readonly string[];
  /** Keys that must have run before. */
  readonly after?: readonly string[];
  readonly literal?: readonly number[];
  readonly args?: readonly number[];
  readonly pure?: boolean;
  readonly fn?: string;
  readonly module?: string;
  readonly rank?: number;
  readonly options?: WireTaskOptions;
}

export interface SubmitSpec {
  readonly graphId?: string;
  readonly wants?: readonly string[];
  readonly priority?: number;
  readonly retries?: number;
  readonly parent?: string;
}

let graphs = 0;

/** A graph as a message; wants the last task unless told otherwise. Keys that are not among the tasks are externals. */
export function graphOf(specs: readonly TaskSpec[], options: SubmitSpec = {}): Submit {
  const numberOf = new Map(specs.map(({ key }, i) => [key, i]));
  const externals: string[] = [];
  const total = specs.length;
  const numberOfKey = (key: string): number => {
    const known = numberOf.get(key);
    if (known !== undefined) return known;
    if (!externals.includes(key)) externals.push(key);
    return total + externals.indexOf(key);
  };
  const fnNames = [...new Set(specs.map(({ fn = "f", module = "m" }) => `${module}:${fn}`))];
  const dep: number[] = [];
  const depStart = [0];
  const dataEnd: number[] = [];
  const args: number[] = [];
  const argStart = [0];
  for (const { needs = [], after = [], literal, args: own = [] } of specs) {
    dep.push(...needs.map(numberOfKey));
    dataEnd.push(dep.length);
    dep.push(...after.map(numberOfKey));
    depStart.push(dep.length);
    args.push(...(literal ?? own));
    argStart.push(args.length);
  }
  const wants = options.wants ?? [specs.at(-1)!.key];
  return {
    kind: "submit",
    graphId: options.graphId ?? `graph-${graphs++}`,
    tasks: {
      from: 0,
      total,
      keys: specs.map(({ key }) => key),
      fn: Uint32Array.from(specs, ({ fn = "f", module = "m" }) => fnNames.indexOf(`${module}:${fn}`)),
      fns: fnNames.map((each) => {
        const [module = "", name = ""] = each.split(/:(?=[^:]*$)/);
        return { kind: "module", module, name };
      }),
      flags: Uint8Array.from(
        specs,
        ({ literal, pure }) =>
          (literal === undefined ? 0 : taskFlags.literal) | (pure === false ? 0 : taskFlags.pure),
      ),
      depStart: Uint32Array.from(depStart),
      dataEnd: Uint32Array.from(dataEnd),
      dep: Uint32Array.from(dep),
      externals,
      argStart: Uint32Array.from(argStart),
      args: Uint8Array.from(args),
      rank: Int32Array.from(specs, ({ rank }, i) => rank ?? i),
      options: specs.flatMap(({ options: own }, i) => (own === undefined ? [] : [[i, own] as const])),
    },
    wants: Uint32Array.from(wants, (key) => numberOf.get(key)!),
    priority: options.priority ?? 0,
    retries: options.retries ?? 0,
    ...(options.parent === undefined ? {} : { parent: options.parent }),
  };
}

/** `n` tasks without inputs: `x0`, `x1`, … */
export function independent(n: number, name = "x"): TaskSpec[] {
  return Array.from({ length: n }, (_, i) => ({ key: `${name}-${i}` }));
}

/** The submission cut into parts of `size` tasks. */
export function inParts(whole: Submit, size: number): Submit[] {
  const { tasks } = whole;
  const parts: Submit[] = [];
  for (let from = 0; from < tasks.total; from += size) {
    const end = Math.min(tasks.total, from + size);
    const edge = tasks.depStart[from]!;
    const arg = tasks.argStart[from]!;
    parts.push({
      ...whole,
      tasks: {
        ...tasks,
        from,
        keys: tasks.keys.slice(from, end),
        fn: tasks.fn.slice(from, end),
        flags: tasks.flags.slice(from, end),
        depStart: tasks.depStart.slice(from, end + 1).map((at) => at - edge),
        dataEnd: tasks.dataEnd.slice(from, end).map((at) => at - edge),
        dep: tasks.dep.slice(edge, tasks.depStart[end]),
        argStart: tasks.argStart.slice(from, end + 1).map((at) => at - arg),
        args: tasks.args.slice(arg, tasks.argStart[end]),
        rank: tasks.rank.slice(from, end),
        options: tasks.options.filter(([number]) => number >= from && number < end),
      },
      wants: whole.wants.filter((number) => number >= from && number < end),
    });
  }
  return parts;
}

/** One run as its worker got it. */
export interface PuppetRun {
  readonly run: number;
  readonly key: string;
  readonly inputs: readonly number[];
  readonly options: RunOptions | undefined;
  readonly priority: number;
}

export interface WorkerSpec {
  readonly threads?: number;
  readonly concurrency?: number;
  readonly memoryLimitBytes?: number;
  readonly resources?: Readonly<Record<string, number>>;
}

export interface DoneSpec {
  readonly nbytes?: number;
  readonly tookMs?: number;
  /** Inline bytes; without, the worker keeps the value. */
  readonly inline?: readonly number[];
}

/** A worker that does what the test says. */
export class PuppetWorker {
  readonly #harness: SchedulerHarness;
  readonly #spec: WorkerSpec;
  readonly peer: string;
  readonly name: string;
  /** Runs it was given and has not ended, in the order of arrival. */
  readonly runs = new Map<number, PuppetRun>();
  readonly started = new Set<number>();
  readonly values = new Map<number, { readonly key: string; readonly nbytes: number }>();
  readonly cancelled: string[] = [];
  readonly stealsAsked: number[] = [];
  readonly freed: string[] = [];
  readonly replicates: (readonly [number, number, readonly string[]])[] = [];
  readonly calls: number[] = [];
  registerAsked = 0;
  dismissed = false;
  /** Values that came inline, by run. */
  readonly inlined = new Set<number>();
  /** Where values that are not here may be had, as the last messages said. */
  readonly remote = new Map<number, readonly string[]>();

  constructor(harness: SchedulerHarness, peer: string, name: string, spec: WorkerSpec) {
    this.#harness = harness;
    this.#spec = spec;
    this.peer = peer;
    this.name = name;
  }

  get keys(): string[] {
    return [...this.runs.values()].map(({ key }) => key);
  }

  runOf(key: string): number {
    const found = [...this.runs.values()].findLast((each) => each.key === key);
    if (found === undefined)
      throw new Error(`${this.name} has no run of ${key}, but of ${this.keys.join(" ")}`);
    return found.run;
  }

  optionsOf(key: string): RunOptions | undefined {
    return this.runs.get(this.runOf(key))?.options;
  }

  say(message: WorkerToScheduler): void {
    this.#harness.feed({ type: "message", from: this.peer, message });
  }

  /** @param more what an incarnation that follows another says besides. */
  register(more: Pick<Register, "gifts" | "replaces"> = {}): void {
    const runs = [...this.runs.values()];
    const values = [...this.values];
    const { threads = 1, concurrency = 1, memoryLimitBytes = 1e9, resources = {} } = this.#spec;
    this.say({
      kind: "register",
      name: this.name,
      threads,
      concurrency,
      memoryLimitBytes,
      resources,
      runs: Float64Array.from(runs, ({ run }) => run),
      started: Uint8Array.from(runs, ({ run }) => (this.started.has(run) ? 1 : 0)),
      runKeys: runs.map(({ key }) => key),
      values: Float64Array.from(values, ([run]) => run),
      valueKeys: values.map(([, { key }]) => key),
      valueBytes: Float64Array.from(values, ([, { nbytes }]) => nbytes),
      ...more,
    });
  }

  /** The next incarnation of this worker, which was given up, with the values that this one holds. */
  reborn(more: Pick<Register, "replaces"> = {}): PuppetWorker {
    const next = this.#harness.silentWorker(this.name, this.#spec);
    for (const [run, value] of this.values) next.values.set(run, value);
    next.register({ ...more, gifts: Float64Array.from(this.values.keys()) });
    return next;
  }

  /** The runs of these keys end with a value. */
  done(keys: string | readonly string[], spec: DoneSpec = {}): void {
    this.doneRuns(
      (typeof keys === "string" ? [keys] : keys).map((key) => this.runOf(key)),
      spec,
    );
  }

  doneRuns(runs: readonly number[], { nbytes = 10, tookMs = 1, inline }: DoneSpec = {}): void {
    for (const run of runs) {
      const key = this.#harness.keyOfRun(run);
      this.runs.delete(run);
      this.started.delete(run);
      if (inline === undefined) this.values.set(run, { key, nbytes });
    }
    const size = inline?.length ?? 0;
    this.say({
      kind: "done",
      run: Float64Array.from(runs),
      nbytes: new Float64Array(runs.length).fill(nbytes),
      tookMs: new Float32Array(runs.length).fill(tookMs),
      inlineStart: Uint32Array.from({ length: runs.length + 1 }, (_, i) => i * size),
      inline: Uint8Array.from(runs.flatMap(() => [...(inline ?? [])])),
    });
  }

  /** All that it has to do ends, in order, until it has nothing left. */
  doneAll(spec: DoneSpec = {}): void {
    while (this.runs.size > 0) this.doneRuns([...this.runs.keys()], spec);
  }

  fail(key: string, error: Partial<WireError> = {}, part?: string): void {
    const run = this.runOf(key);
    this.runs.delete(run);
    this.started.delete(run);
    const wire: WireError = { kind: "user", name: "Error", message: `${key} is broken`, ...error };
    this.say({ kind: "failed", runs: [{ run, error: wire, ...(part === undefined ? {} : { part }) }] });
  }

  start(...keys: string[]): void {
    const runs = keys.map((key) => this.runOf(key));
    for (const run of runs) this.started.add(run);
    this.say({ kind: "started", runs: Float64Array.from(runs) });
  }

  handBack(runs: readonly number[], kept: readonly number[] = []): void {
    for (const run of runs) this.runs.delete(run);
    this.say({ kind: "handedBack", runs: Float64Array.from(runs), kept: Float64Array.from(kept) });
  }

  missing(key: string, input: number, asked: readonly PuppetWorker[] = []): void {
    const run = this.runOf(key);
    this.runs.delete(run);
    this.say({ kind: "missing", runs: [[run, input, asked.map(({ peer }) => peer)]] });
  }

  copied(run: number, key = this.#harness.keyOfRun(run)): void {
    this.values.set(run, { key, nbytes: 10 });
    this.say({ kind: "copies", added: Float64Array.of(run), dropped: new Float64Array() });
  }

  dropped(run: number): void {
    this.values.delete(run);
    this.say({ kind: "copies", added: new Float64Array(), dropped: Float64Array.of(run) });
  }

  beat({ paused = false }: { readonly paused?: boolean } = {}): void {
    let runDigest = 0;
    for (const run of this.runs.keys()) runDigest = (runDigest ^ runHash(run)) >>> 0;
    let valueDigest = 0;
    for (const run of this.values.keys()) valueDigest = (valueDigest ^ runHash(run)) >>> 0;
    this.say({
      kind: "beat",
      memoryBytes: 0,
      managedBytes: 0,
      paused,
      executing: this.started.size,
      queued: this.runs.size - this.started.size,
      loopDelayMs: 0,
      runDigest,
      valueDigest,
    });
  }

  leave(): void {
    const notBegun = [...this.runs.keys()].filter((run) => !this.started.has(run));
    this.say({ kind: "leave", reason: "told to" });
    this.handBack(notBegun);
  }

  die(why: "silent" | "nobody" | "bye" = "nobody"): void {
    this.#harness.feed({ type: "peerLost", peer: this.peer, why });
  }

  hear(message: Message): void {
    switch (message.kind) {
      case "run":
        return this.#take(message);
      case "cancelRuns":
        if (message.why === "steal") this.stealsAsked.push(...message.runs);
        else for (const run of message.runs) this.#cancel(run);
        return;
      case "free":
        for (const run of message.runs) {
          this.freed.push(this.#harness.keyOfRun(run));
          this.values.delete(run);
        }
        return;
      case "replicate":
        this.replicates.push(...message.values);
        return;
      case "register?":
        this.registerAsked++;
        return;
      case "runOnWorker":
        this.calls.push(message.id);
        return;
      case "bye":
        this.dismissed = true;
        return;
      default:
        throw new Error(`a worker got ${message.kind}`);
    }
  }

  #cancel(run: number): void {
    this.cancelled.push(this.#harness.keyOfRun(run));
    this.runs.delete(run);
    this.started.delete(run);
  }

  #take(message: Run): void {
    const options = new Map(message.options);
    for (const run of message.inlineRun) this.inlined.add(run);
    for (const [run, , holders] of message.remote) this.remote.set(run, holders);
    for (const [i, run] of message.run.entries()) {
      const inputs = [...message.dep.subarray(message.depStart[i], message.depStart[i + 1])];
      this.runs.set(run, {
        run,
        key: message.keys[i]!,
        inputs,
        options: options.get(i),
        priority: message.priority[i]!,
      });
    }
  }
}

export interface Told {
  readonly state: string;
  readonly run: number;
  readonly inline: readonly number[];
  readonly holders: readonly string[];
  readonly error: StatusError | undefined;
}

/** A client that does what the test says. */
export class PuppetClient {
  readonly #harness: SchedulerHarness;
  readonly peer: string;
  readonly name: string;
  readonly accepted: string[] = [];
  readonly refused: { readonly graphId: string; readonly error: WireError }[] = [];
  /** Everything it was told of each key, oldest first. */
  readonly told = new Map<string, Told[]>();
  readonly answers: { readonly ok: boolean; readonly value: unknown }[] = [];
  readonly events: EventNotice[] = [];
  wantsAsked = 0;
  statusMessages = 0;
  #turns = 0;

  constructor(harness: SchedulerHarness, peer: string, name: string) {
    this.#harness = harness;
    this.peer = peer;
    this.name = name;
  }

  say(message: ClientToScheduler): void {
    this.#harness.feed({ type: "message", from: this.peer, message });
  }

  submit(specs: readonly TaskSpec[], options: SubmitSpec = {}): Submit {
    const message = graphOf(specs, options);
    this.say(message);
    return message;
  }

  want(...keys: string[]): void {
    this.say({ kind: "want", keys });
  }

  release(...keys: string[]): void {
    this.say({ kind: "release", keys, nth: ++this.#turns });
  }

  cancel(...keys: string[]): void {
    this.say({ kind: "cancel", keys, reason: "changed my mind" });
  }

  retry(...keys: string[]): void {
    this.say({ kind: "retry", keys, nth: ++this.#turns });
  }

  ask(what: Query["what"]): { readonly ok: boolean; readonly value: unknown } {
    this.say({ kind: "query", id: this.answers.length, what });
    return this.answers.at(-1)!;
  }

  /** @param settled those of the keys whose end it has heard of; all it was told of, if not given. */
  beat(keys: readonly string[], settled = keys.filter((key) => this.told.has(key))): void {
    const digest = (of: readonly string[]): number => of.reduce((sum, key) => (sum ^ keyHash(key)) >>> 0, 0);
    this.say({ kind: "clientBeat", wantDigest: digest(keys), settledDigest: digest(settled) });
  }

  /** The state it was last told of, or `pending`. */
  state(key: string): string {
    return this.told.get(key)?.at(-1)?.state ?? "pending";
  }

  error(key: string): StatusError {
    const error = this.told.get(key)?.at(-1)?.error;
    if (error === undefined) throw new Error(`${key} is ${this.state(key)}, without error`);
    return error;
  }

  last(key: string): Told {
    const told = this.told.get(key)?.at(-1);
    if (told === undefined) throw new Error(`nothing was said of ${key}`);
    return told;
  }

  hear(message: Message): void {
    switch (message.kind) {
      case "accepted":
        this.accepted.push(message.graphId);
        return;
      case "refused":
        this.refused.push(message);
        return;
      case "answer":
        this.answers.push(message);
        return;
      case "event":
        this.events.push(message);
        return;
      case "wants?":
        this.wantsAsked++;
        return;
      case "status": {
        this.statusMessages++;
        const holders = new Map(message.holders);
        const errors = new Map(message.errors);
        for (const [i, key] of message.keys.entries()) {
          const told: Told = {
            state: futureStates[message.state[i]!]!,
            run: message.run[i]!,
            inline: [...message.inline.subarray(message.inlineStart[i], message.inlineStart[i + 1])],
            holders: holders.get(i) ?? [],
            error: errors.get(i),
          };
          const before = this.told.get(key);
          if (before === undefined) this.told.set(key, [told]);
          else before.push(told);
        }
        return;
      }
      default:
        throw new Error(`a client got ${message.kind}`);
    }
  }
}

export class SchedulerHarness {
  core: SchedulerCore;
  now = 1000;
  readonly workers: PuppetWorker[] = [];
  readonly clients: PuppetClient[] = [];
  /** Everything said since it was last read, one line a message. */
  readonly #dialogue: string[] = [];
  readonly #keys = new Map<number, string>();
  readonly forgotten: string[] = [];
  #incarnations = 0;

  constructor(options: SchedulerOptions = {}) {
    this.core = new SchedulerCore({ seed: 7, ...options });
  }

  client(name = "c"): PuppetClient {
    const peer = `client:${name}:${++this.#incarnations}`;
    const client = new PuppetClient(this, peer, name);
    this.clients.push(client);
    this.feed({ type: "peerUp", peer, hello: { kind: "hello", role: "client", name, versions: [1, 1] } });
    return client;
  }

  /** A worker that has registered. */
  worker(name: string, spec: WorkerSpec = {}): PuppetWorker {
    const worker = this.silentWorker(name, spec);
    worker.register();
    return worker;
  }

  /** A worker that has yet to register. */
  silentWorker(name: string, spec: WorkerSpec = {}): PuppetWorker {
    const peer = `worker:${name}:${++this.#incarnations}`;
    const worker = new PuppetWorker(this, peer, name, spec);
    this.workers.push(worker);
    this.connect(worker);
    return worker;
  }

  /** The worker or client is heard of for the first time, perhaps by another scheduler. */
  connect({ peer, name }: PuppetWorker | PuppetClient): void {
    const role = peer.startsWith("worker:") ? "worker" : "client";
    this.feed({ type: "peerUp", peer, hello: { kind: "hello", role, name, versions: [1, 1] } });
  }

  /** Another scheduler with empty tables; nobody is connected to it yet. */
  replaceScheduler(options: SchedulerOptions): void {
    this.core = new SchedulerCore({ seed: 8, ...options });
  }

  feed(stimulus: SchedulerStimulus): void {
    if (stimulus.type === "message") this.#write(`${this.#nameOf(stimulus.from)} says`, stimulus.message);
    this.core.handle(stimulus, this.now);
    this.core.validate();
    this.#deliver();
  }

  /** Time passes; whatever is due is done when it is due. */
  advance(ms: number, beats = true): void {
    const end = this.now + ms;
    for (;;) {
      const next = this.core.nextTimer() ?? Infinity;
      if (next > end) break;
      this.now = Math.max(this.now, next);
      if (beats) this.#signsOfLife();
      this.feed({ type: "tick" });
    }
    this.now = end;
  }

  /** What was said since this was last asked. */
  dialogue(): string {
    return this.#dialogue.splice(0).join("\n");
  }

  keyOfRun(run: number): string {
    return this.#keys.get(run) ?? `?${run % 4294967296}`;
  }

  /** A run that the scheduler did not give out, such as one of an earlier scheduler. */
  nameRun(run: number, key: string): void {
    this.#keys.set(run, key);
  }

  #signsOfLife(): void {
    for (const { peer } of [...this.workers, ...this.clients]) {
      // A message that says nothing, so that nobody falls silent.
      const message = peer.startsWith("worker:")
        ? ({ kind: "started", runs: new Float64Array() } as const)
        : ({ kind: "release", keys: [], nth: 0 } as const);
      this.core.handle({ type: "message", from: peer, message }, this.now);
    }
  }

  #deliver(): void {
    for (const instruction of this.core.drain()) this.#carryOut(instruction);
  }

  #carryOut(instruction: SchedulerInstruction): void {
    if (instruction.type === "forget") this.forgotten.push(instruction.peer);
    if (instruction.type !== "send") return;
    const { to, message } = instruction;
    if (message.kind === "run")
      for (const [i, run] of message.run.entries()) this.#keys.set(run, message.keys[i]!);
    this.#write(`to ${this.#nameOf(to)}:`, message);
    const receiver = [...this.workers, ...this.clients].find(({ peer }) => peer === to);
    receiver?.hear(message);
  }

  #nameOf(peer: string): string {
    return peer.split(":")[1]!;
  }

  #write(who: string, message: Message): void {
    const what = this.#inWords(message);
    if (what !== undefined) this.#dialogue.push(`${who} ${what}`);
  }

  #inWords(message: Message): string | undefined {
    const keysOf = (runs: Iterable<number>): string => [...runs].map((run) => this.keyOfRun(run)).join(" ");
    switch (message.kind) {
      case "submit":
        return `submit ${message.tasks.keys.join(" ")}`;
      case "want":
      case "release":
      case "cancel":
      case "retry":
        return message.keys.length === 0 ? undefined : `${message.kind} ${message.keys.join(" ")}`;
      case "run":
        return `run ${message.keys.join(" ")}`;
      case "cancelRuns":
        return `${message.why} ${keysOf(message.runs)}`;
      case "free":
        return `free ${keysOf(message.runs)}`;
      case "done":
        return `done ${keysOf(message.run)}`;
      case "failed":
        return `failed ${keysOf(message.runs.map(({ run }) => run))}`;
      case "started":
        return message.runs.length === 0 ? undefined : `started ${keysOf(message.runs)}`;
      case "handedBack":
        return `handedBack ${keysOf(message.runs)}`;
      case "missing":
        return `missing ${keysOf(message.runs.map(([run]) => run))}`;
      case "status":
        return `status ${message.keys.map((key, i) => `${key}=${futureStates[message.state[i]!]}`).join(" ")}`;
      default:
        return message.kind;
    }
  }
}
