/**
 * A connection to a cluster: submits calls and graphs, holds futures of their results, asks and tells the scheduler.
 *
 * Does nothing itself: what it wants goes to the client core as stimuli; what comes back is client-hands.ts's.
 */

import type { ClientStimulus } from "../../actors/client/stimuli.js";
import type { Computed } from "../../collections/collection.js";
import type { Settled } from "../../collections/lazy.js";
import type { ComputeOptions } from "../../collections/runner.js";
import { CancelledError, describe, InvalidArgumentError } from "../../errors.js";
import type { GraphRunner } from "../../executor/graph-runner.js";
import { replaceInside } from "../../graph/references.js";
import type { Query } from "../../protocol/messages.js";
import { checkKey } from "../../graph/ref.js";
import { compute } from "../compute.js";
import { checkComputeOptions } from "../compute-options.js";
import { persist } from "../persist.js";
import type { FutureArgument, Gathered } from "./arguments.js";
import { Caller } from "./caller.js";
import { splitIterables, splitOptions, type SubmitOptions } from "./calls.js";
import { ClientHands } from "./client-hands.js";
import { valuesOfKeys } from "./graph-run.js";
import { EventStream } from "./events.js";
import type { ClusterStats, WorkerInfo } from "./figures.js";
import type { Future } from "./future.js";
import { Handle } from "./handle.js";
import { ClusterRunner } from "./cluster-runner.js";
import type { Connection } from "./connection.js";
import { Keys } from "./keys.js";
import { connectOnBus } from "./connector.js";
import type { BusOptions } from "../bus/bus-options.js";
import { publicationOf, publishedWhat, type Publication } from "./publication.js";
import { Questions } from "./questions.js";
import { runOnWorkers } from "./run-on-workers.js";
import { scatterOn, type ScatterOptions } from "./scatter-on.js";

/** The actor a client stands on. */
export interface ClientActor {
  tell(stimulus: ClientStimulus): void;
  /** Says goodbye, and lets go of the connection. */
  close(): Promise<void>;
}

/** What a client inside a task does differently. */
export interface ClientHooks {
  /** Called when somebody starts to wait for a value that is not there yet. */
  readonly onWait?: () => void;
  /** The key of the task that submits. */
  readonly parent?: () => string | undefined;
}

export class Client implements Connection, AsyncDisposable {
  readonly name: string;
  /** Computes graphs on this cluster: what `compute(…, { scheduler: client })` uses. */
  readonly graphRunner: GraphRunner = new ClusterRunner(this);
  readonly keys: Keys;
  readonly questions = new Questions();
  readonly hands: ClientHands;
  readonly parent: () => string | undefined;
  readonly #actor: ClientActor;
  readonly #caller = new Caller(this);
  #closing: Promise<void> | undefined;
  #failure: Error | undefined;

  /** Made by `connect`. The actor is to hand its core's news to `hands`. */
  constructor(name: string, actor: ClientActor, hooks: ClientHooks = {}) {
    this.name = name;
    this.#actor = actor;
    this.parent = hooks.parent ?? ((): undefined => undefined);
    this.keys = new Keys((stimulus) => this.tell(stimulus), hooks.onWait);
    this.hands = new ClientHands(this.keys, this.questions);
  }

  /**
   * A client of a cluster in this process, or of one on a bus: its URL, or that with the cluster's name and more.
   *
   * @throws InvalidArgumentError, BusUnreachableError, BusRefusedError, NoSchedulerError
   */
  static connect(where: { connect(): Promise<Client> } | string | BusOptions): Promise<Client> {
    if (typeof where === "object" && where !== null && "connect" in where) return where.connect();
    return connectOnBus(where) as Promise<Client>;
  }

  /**
   * Calls `fn` on the cluster. Arguments may be futures; the last one may be options.
   *
   * @throws CapturedVariableError, UnserializableError, InvalidArgumentError, TokenizeError
   */
  submit<A extends readonly unknown[], R>(
    fn: (...args: A) => R,
    ...args: readonly [...{ [I in keyof A]: FutureArgument<A[I]> }, options?: SubmitOptions]
  ): Future<Settled<R>> {
    this.#mustBeOpen();
    const split = splitOptions(fn, args, "client.submit");
    return this.#caller.call(fn, split.args, split.options, "client.submit");
  }

  /** Calls `fn` once for each element; of several iterables, with the first of each, the second of each, and so on. */
  map<A extends readonly unknown[], R>(
    fn: (...args: A) => R,
    ...iterables: readonly [...{ [I in keyof A]: Iterable<FutureArgument<A[I]>> }, options?: SubmitOptions]
  ): Future<Settled<R>>[] {
    this.#mustBeOpen();
    const split = splitIterables(iterables, "client.map");
    const columns = split.args.map((column, i) => {
      if (isIterable(column)) return [...column];
      throw new InvalidArgumentError(
        `client.map: iterable ${i + 1}`,
        `got ${describe(column)}`,
        "Give arrays or other iterables.",
      );
    });
    const length = columns.length === 0 ? 0 : Math.min(...columns.map((column) => column.length));
    return Array.from({ length }, (_, i) =>
      this.#caller.call<R>(
        fn,
        columns.map((column) => column[i]),
        split.options,
        "client.map",
      ),
    );
  }

  /** The values of all futures in `what`, in its shape. */
  async gather<const F>(what: F): Promise<Gathered<F>> {
    const handles = new Set<Handle>();
    replaceInside(what, (leaf) => (leaf instanceof Handle ? void handles.add(leaf) : leaf));
    const own = [...handles].filter((handle) => handle.isKeptBy(this.keys));
    const others = [...handles].filter((handle) => !handle.isKeptBy(this.keys));
    const [ownValues, otherValues] = await Promise.all([
      valuesOfKeys(
        this.keys,
        own.map(({ key }) => key),
      ),
      Promise.all(others.map((handle) => handle.result())),
    ]);
    const values = [...ownValues, ...otherValues];
    const valueOf = new Map<unknown, unknown>([...own, ...others].map((handle, i) => [handle, values[i]]));
    return replaceInside(what, (leaf) => (leaf instanceof Handle ? valueOf.get(leaf) : leaf)) as Gathered<F>;
  }

  /** As the function `compute`, on this cluster. */
  async compute<const C>(what: C, options: Omit<ComputeOptions, "scheduler"> = {}): Promise<Computed<C>> {
    return compute<C>(what, this.#onThis(options, "client.compute"));
  }

  /** As the function `persist`: the same lazy values, computed and kept on this cluster. */
  async persist<const C>(what: C, options: Omit<ComputeOptions, "scheduler"> = {}): Promise<C> {
    return persist(what, this.#onThis(options, "client.persist"));
  }

  #onThis(options: unknown, where: string): ComputeOptions {
    this.#mustBeOpen();
    const checked = checkComputeOptions(options, where);
    if (checked.scheduler === undefined) return { ...checked, scheduler: this };
    throw new InvalidArgumentError(
      `${where}({ scheduler })`,
      "this client is the scheduler",
      "Leave the option out, or call the function compute or persist with it.",
    );
  }

  /**
   * Puts a value on a worker, or on all of them, and gives a handle on it, which can be used like a future.
   *
   * @throws UnserializableError, InvalidArgumentError, RequestRefusedError when no worker that was named is there,
   * LostValueError when no worker took it.
   */
  async scatter<T>(value: T, options: ScatterOptions = {}): Promise<Handle<T>> {
    this.#mustBeOpen();
    return scatterOn(this, value, options);
  }

  /**
   * Makes futures and persisted lazy values, or a structure of them, known under a name, and keeps their values until
   * `unpublish`, whatever becomes of this client.
   *
   * @throws InvalidArgumentError for what is not held on this cluster, RequestRefusedError for a name that is taken.
   */
  async publish(name: string, what: unknown): Promise<void> {
    checkName(name, "client.publish(name, what)");
    const { keys, meta } = publicationOf(what, this.keys);
    await this.query({ type: "publish", name, keys, meta });
  }

  /**
   * What was published under `name`, of the same shape; of a single future, a handle.
   *
   * @throws RequestRefusedError when there is none.
   */
  async published(name: string): Promise<unknown> {
    checkName(name, "client.published(name)");
    const found = (await this.query({ type: "published", name })) as Publication;
    return publishedWhat(found, {
      future: (key) => this.adopt(key),
      handle: (key) => this.adoptHandle(key),
    });
  }

  async unpublish(name: string): Promise<void> {
    checkName(name, "client.unpublish(name)");
    await this.query({ type: "unpublish", name });
  }

  /** Lets a task run to its end although nobody holds a future of it, even when this client is closed. */
  fireAndForget(future: Handle): void {
    this.#mustBeOpen();
    if (!(future instanceof Handle))
      throw new InvalidArgumentError(
        "client.fireAndForget(future)",
        `got ${describe(future)}`,
        "Give a future.",
      );
    const handle = this.keys.handle(future.key);
    this.tell({ type: "want", keys: [future.key], detached: true });
    void handle.settled().then(() => handle.release());
  }

  /**
   * Calls `fn` on every worker itself, beside its tasks: the results by worker.
   *
   * @throws TaskErredError with the worker, and what it threw as the cause.
   */
  async run<R>(
    fn: (...args: never[]) => R,
    ...args: readonly unknown[]
  ): Promise<Record<string, Settled<R>>> {
    this.#mustBeOpen();
    return runOnWorkers(this, fn, args);
  }

  async workers(): Promise<WorkerInfo[]> {
    return (await this.query({ type: "workers" })) as WorkerInfo[];
  }

  /** How many tasks there are, in which states, and for whom. */
  async stats(): Promise<ClusterStats> {
    return (await this.query({ type: "stats" })) as ClusterStats;
  }

  /** What has happened to a key, oldest first. */
  async story(key: string): Promise<readonly unknown[]> {
    checkKey(key, "client.story(key)");
    return (await this.query({ type: "story", key })) as readonly unknown[];
  }

  /** Why a key is where it is, in words. */
  async explain(key: string): Promise<string> {
    checkKey(key, "client.explain(key)");
    return (await this.query({ type: "explain", key })) as string;
  }

  /** Cancels everything and starts every worker afresh. */
  async restart(): Promise<void> {
    await this.query({ type: "restart" });
  }

  /**
   * What happens on the cluster, for as long as the loop goes on. `*` stands for anything: `task.*`. Topics are
   * `task.assigned`, `.progress`, `.finished`, `.erred`, `.lost`, `.takenBack`, `.noWorker`, `.forgotten`, `worker.joined`,
   * `worker.namesake` (two of one name), `worker.gifts`, `worker.lost`, `cluster.desired` (how many workers there should
   * be) and `scheduler.stalled`; `events.left` counts those that were too many to tell. Does not keep a script alive.
   */
  events(pattern: string): EventStream {
    checkName(pattern, "client.events(pattern)");
    return new EventStream(this, pattern);
  }

  // ---- for its own modules ------------------------------------------------------------------------------------

  tell(stimulus: ClientStimulus): void {
    // Calls gathered in this turn come first: what is told may be about them.
    this.#caller.flush();
    this.#actor.tell(stimulus);
  }

  query(what: Query["what"]): Promise<unknown> {
    this.#mustBeOpen();
    return this.questions.ask((id) => this.tell({ type: "query", id, what }));
  }

  /** A future of a key that the scheduler knows already. */
  adopt<T>(key: string): Future<T> {
    this.#want(key);
    return this.keys.hold<T>(key);
  }

  adoptHandle<T>(key: string): Handle<T> {
    this.#want(key);
    return this.keys.handle<T>(key);
  }

  #want(key: string): void {
    if (!this.keys.has(key)) this.tell({ type: "want", keys: [key] });
  }

  #mustBeOpen(): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#closing !== undefined) throw new CancelledError("The client is closed, so the call");
  }

  /** Lets go of everything. What is still awaited is cancelled. Idempotent. */
  close(): Promise<void> {
    return this.fail(new CancelledError("The client was closed before the result was there, so it"));
  }

  /** Closes it; whatever is still awaited rejects with `error`. */
  fail(error: Error): Promise<void> {
    if (this.#closing === undefined && !(error instanceof CancelledError)) this.#failure = error;
    return (this.#closing ??= this.#close(error));
  }

  async #close(error: Error): Promise<void> {
    this.#caller.flush();
    this.keys.close(error);
    this.hands.close();
    this.questions.close(error);
    await this.#actor.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** What messages take for a name. */
const longestName = 1_024;

function checkName(name: unknown, where: string): void {
  if (typeof name === "string" && name !== "" && name.length <= longestName) return;
  throw new InvalidArgumentError(where, `got ${describe(name)}`, "Give a string of 1 to 1024 characters.");
}

function isIterable(value: unknown): value is Iterable<unknown> {
  if (typeof value === "string") return true;
  return typeof value === "object" && value !== null && Symbol.iterator in value;
}

declare module "../../executor/current-task.js" {
  interface TaskClient extends Client {}
}
