/**
 * A connection to a cluster: submits calls and graphs, holds futures of their results, asks and tells the scheduler.
 *
 * Does nothing itself: what it wants goes to the client core as stimuli; what comes back is client-hands.ts's.
 */

import type { ClientStimulus } from "../../actors/client/stimuli.js";
import { isCollection, type Collection, type Computed } from "../../collections/collection.js";
import type { ComputeOptions } from "../../collections/runner.js";
import { uniqueId } from "../../collections/unique.js";
import { CancelledError, describe, DuplicateKeyError, InvalidArgumentError } from "../../errors.js";
import type { GraphRunner, RunOptions } from "../../executor/graph-runner.js";
import { toWire } from "../../executor/functions/wire.js";
import { decodeValue, encodeValue } from "../../executor/values/codec.js";
import type { AnyFunction } from "../../graph/functions.js";
import type { Graph } from "../../graph/graph.js";
import { replaceInside } from "../../graph/references.js";
import type { Query, WireError } from "../../protocol/messages.js";
import { RemoteError } from "../../protocol/wire-error.js";
import { compute } from "../compute.js";
import { Batch } from "./batch.js";
import { callTask, splitOptions, type SubmitOptions } from "./calls.js";
import { ClientHands } from "./client-hands.js";
import { eventsOf, type ClusterEvent } from "./events.js";
import { Future } from "./future.js";
import { ClusterRunner } from "./cluster-runner.js";
import { Keys } from "./keys.js";
import { persistOn } from "./persist-on.js";
import { publicationOf } from "./publication.js";
import { Questions } from "./questions.js";
import { scatterOn, type ScatterOptions } from "./scatter-on.js";
import { submissionOf, type Encode } from "./submission.js";

/** An argument of a submitted call: a value, or a future of one, also inside arrays and plain objects. */
export type FutureArgument<T> =
  T | Future<T> | (T extends readonly (infer E)[] ? readonly FutureArgument<E>[] : never);

/** What gathering `F` gives: futures become their values, also inside arrays and objects. */
export type Gathered<F> =
  F extends Future<infer T>
    ? T
    : F extends readonly unknown[] | Readonly<Record<string, unknown>>
      ? { -readonly [K in keyof F]: Gathered<F[K]> }
      : F;

export interface WorkerInfo {
  readonly name: string;
  readonly threads: number;
  readonly concurrency: number;
  readonly processing: number;
  readonly memoryBytes: number;
  readonly [more: string]: unknown;
}

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

export class Client implements AsyncDisposable {
  readonly name: string;
  /** Computes graphs on this cluster: what `compute(…, { scheduler: client })` uses. */
  readonly graphRunner: GraphRunner = new ClusterRunner(this);
  readonly keys: Keys;
  readonly questions = new Questions();
  readonly hands: ClientHands;
  readonly parent: () => string | undefined;
  readonly #actor: ClientActor;
  readonly #batch: Batch;
  #closing: Promise<void> | undefined;

  /** Made by `connect`. The actor is to hand its core's news to `hands`. */
  constructor(name: string, actor: ClientActor, hooks: ClientHooks = {}) {
    this.name = name;
    this.#actor = actor;
    this.parent = hooks.parent ?? ((): undefined => undefined);
    this.keys = new Keys((stimulus) => this.tell(stimulus), hooks.onWait);
    this.hands = new ClientHands(this.keys, this.questions);
    this.#batch = new Batch((graph, wants, encode) => this.#send(graph, wants, {}, encode));
  }

  /** A client of `cluster`. */
  static connect(cluster: { connect(): Promise<Client> }): Promise<Client> {
    return cluster.connect();
  }

  /**
   * Calls `fn` on the cluster. Arguments may be futures; the last one may be options.
   *
   * @throws CapturedVariableError, UnserializableError, InvalidArgumentError, TokenizeError
   */
  submit<A extends readonly unknown[], R>(
    fn: (...args: A) => R,
    ...args: readonly [...{ [I in keyof A]: FutureArgument<A[I]> }, options?: SubmitOptions]
  ): Future<Awaited<R>> {
    const split = splitOptions(args);
    return this.#call(fn, split.args, split.options, "client.submit");
  }

  /** Calls `fn` once for each element; of several iterables, with the first of each, the second of each, and so on. */
  map<A extends readonly unknown[], R>(
    fn: (...args: A) => R,
    ...iterables: readonly [...{ [I in keyof A]: Iterable<FutureArgument<A[I]>> }, options?: SubmitOptions]
  ): Future<Awaited<R>>[] {
    const split = splitOptions(iterables);
    const columns = split.args.map((column, i) => {
      if (typeof column === "object" && column !== null && Symbol.iterator in column)
        return [...(column as Iterable<unknown>)];
      throw new InvalidArgumentError(
        `client.map: iterable ${i + 1}`,
        `got ${describe(column)}`,
        "Give arrays or other iterables.",
      );
    });
    const length = columns.length === 0 ? 0 : Math.min(...columns.map((column) => column.length));
    return Array.from({ length }, (_, i) =>
      this.#call<R>(
        fn,
        columns.map((column) => column[i]),
        split.options,
        "client.map",
      ),
    );
  }

  #call<R>(fn: unknown, args: readonly unknown[], options: SubmitOptions, where: string): Future<Awaited<R>> {
    this.#mustBeOpen();
    const { key, task } = callTask(fn, args, options, where);
    this.#batch.add(key, task);
    return this.keys.hold<Awaited<R>>(key);
  }

  /** The values of all futures in `what`, in its shape. */
  async gather<const F>(what: F): Promise<Gathered<F>> {
    const futures = new Map<unknown, unknown>();
    replaceInside(what, (leaf) => (leaf instanceof Future ? void futures.set(leaf, undefined) : leaf));
    await Promise.all(
      [...futures.keys()].map(async (future) => futures.set(future, await (future as Future).result())),
    );
    return replaceInside(what, (leaf) => (leaf instanceof Future ? futures.get(leaf) : leaf)) as Gathered<F>;
  }

  /** As the function `compute`, on this cluster. */
  compute<const C>(what: C, options: Omit<ComputeOptions, "scheduler"> = {}): Promise<Computed<C>> {
    return compute<C>(what, { ...options, scheduler: this });
  }

  /** The same collection, its values computed and kept on the cluster. */
  persist<C extends Collection<unknown>>(
    what: C,
    options: Omit<ComputeOptions, "scheduler"> = {},
  ): Promise<C> {
    return persistOn(this, what, options);
  }

  /** Puts a value on a worker, or on all of them, and gives a future of it. */
  scatter<T>(value: T, options: ScatterOptions = {}): Promise<Future<T>> {
    return scatterOn(this, value, options);
  }

  /** Makes a collection or futures known under a name, and keeps them until `unpublish`. */
  async publish(name: string, what: unknown): Promise<void> {
    const { keys, meta } = publicationOf(what);
    await this.query({ type: "publish", name, keys, meta });
  }

  /** What was published under `name`: a future, or an array of them. @throws when there is no such name. */
  async published(name: string): Promise<unknown> {
    const found = (await this.query({ type: "published", name })) as {
      keys: readonly string[];
      meta: unknown;
    };
    const futures = found.keys.map((key) => this.adopt(key));
    return (found.meta as { single?: boolean } | null)?.single === true ? futures[0] : futures;
  }

  async unpublish(name: string): Promise<void> {
    await this.query({ type: "unpublish", name });
  }

  /** Lets a task run to its end although nobody holds a future of it. */
  fireAndForget(future: Future): void {
    void this.query({
      type: "publish",
      name: `fire-and-forget:${future.key}`,
      keys: [future.key],
      meta: null,
    }).catch(() => undefined);
  }

  /** Calls `fn` on every worker itself, beside its tasks: the results by worker. */
  async run<R>(
    fn: (...args: never[]) => R,
    ...args: readonly unknown[]
  ): Promise<Record<string, Awaited<R>>> {
    this.#mustBeOpen();
    const wire = toWire(fn as AnyFunction);
    const bytes = encodeValue(args, { what: "the arguments of client.run" }).slice();
    const answers = (await this.questions.ask((id) =>
      this.tell({ type: "runEverywhere", id, fn: wire, args: bytes }),
    )) as Readonly<Record<string, { ok: boolean; value?: Uint8Array; error?: WireError }>>;
    const results: Record<string, Awaited<R>> = {};
    for (const [worker, { ok, value, error }] of Object.entries(answers)) {
      if (!ok)
        throw new RemoteError(
          error ?? { kind: "user", name: "Error", message: `${worker} could not run it` },
        );
      results[worker] = decodeValue(value as Uint8Array) as Awaited<R>;
    }
    return results;
  }

  async workers(): Promise<WorkerInfo[]> {
    return (await this.query({ type: "workers" })) as WorkerInfo[];
  }

  /** What has happened to a key, oldest first. */
  async story(key: string): Promise<readonly unknown[]> {
    return (await this.query({ type: "story", key })) as readonly unknown[];
  }

  /** Why a key is where it is, in words. */
  async explain(key: string): Promise<string> {
    return (await this.query({ type: "explain", key })) as string;
  }

  /** Cancels everything and starts every worker afresh. */
  async restart(): Promise<void> {
    await this.query({ type: "restart" });
  }

  /** What happens on the cluster, for as long as the loop goes on. `*` stands for any word: `task.*`. */
  events(pattern: string): AsyncIterableIterator<ClusterEvent> {
    return eventsOf(this, pattern);
  }

  // ---- for its own modules ------------------------------------------------------------------------------------

  tell(stimulus: ClientStimulus): void {
    // Calls gathered in this turn come first: what is told may be about them.
    this.#batch.flush();
    this.#actor.tell(stimulus);
  }

  query(what: Query["what"]): Promise<unknown> {
    this.#mustBeOpen();
    return this.questions.ask((id) => this.tell({ type: "query", id, what }));
  }

  /** A future of a key that the scheduler knows already. */
  adopt<T>(key: string): Future<T> {
    if (!this.keys.has(key)) this.tell({ type: "want", keys: [key] });
    return this.keys.hold<T>(key);
  }

  #send(
    graph: Graph,
    wants: readonly string[],
    options: { readonly retries?: number },
    encode?: Encode,
  ): void {
    try {
      const parts = submissionOf(
        graph,
        wants,
        { graphId: uniqueId(), parent: this.parent(), ...options },
        encode,
      );
      this.tell({ type: "submit", parts, wants });
    } catch (error) {
      this.keys.failed(wants, error as Error);
    }
  }

  #mustBeOpen(): void {
    if (this.#closing !== undefined) throw new CancelledError("The client is closed, so the call");
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    const error = new CancelledError("The client was closed before the result was there, so it");
    this.#batch.flush();
    this.keys.close(error);
    this.questions.close(error);
    await this.#actor.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

declare module "../../executor/current-task.js" {
  interface TaskClient extends Client {}
}
