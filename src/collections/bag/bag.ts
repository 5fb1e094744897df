/** Bags: many elements in partitions, with the methods of arrays, computed later. Documents and delegates. */

import { InvalidArgumentError } from "../../errors.js";
import { collectGraph, type GraphSource } from "../../graph/source.js";
import type { Graph } from "../../graph/graph.js";
import { lazyMark } from "../../graph/ref.js";
import type { Collection, SingleResult } from "../collection.js";
import "../library.js";
import { Lazy, type Settled } from "../lazy.js";
import { runner, type ComputeOptions } from "../runner.js";
import type { FilePattern } from "./files/list-blocks.js";
import { accumulated } from "./ops/accumulate.js";
import { bagOfNdjson, bagOfText, written, type FileOptions, type TextOptions } from "./ops/files.js";
import { groupedBy } from "./ops/group-by.js";
import { joined } from "./ops/join.js";
import { bagBeside, bagOf, bagOfCollections, bagOfRange, type PartitionOptions } from "./ops/of.js";
import { concatenated, repartitioned, wholeOf } from "./ops/rearrange.js";
import * as reduce from "./ops/reductions.js";
import { plucked, stepped, type StepOptions } from "./ops/steps.js";
import { zipped } from "./ops/zip.js";
import type { Partitioned, Scalar } from "./partitioned.js";
import { LazyTake } from "./lazy-take.js";
import type { ReductionOptions } from "./tree.js";

/** Another bag, or data that becomes one. */
export type BagLike<T> = Bag<T> | Iterable<T>;

/** The elements of an array; anything else is itself. */
export type Flattened<U> = U extends readonly (infer E)[] ? E : U;

/** The name of a property of `T`. */
type NameOf<T> = keyof T & (string | number);

/**
 * Many elements, in partitions, that are not computed yet. The methods are those of arrays and give what they would
 * give for one array of all elements in order, however it is partitioned. They build tasks and run nothing; their
 * callbacks are called where and when the tasks run.
 *
 * Callbacks of `map`, `filter`, `flatMap` and `mapPartitions` may be asynchronous; all others must give their result
 * at once. Where elements or keys are compared (`distinct`, `frequencies`, `groupBy`, `foldBy`, `join`), arrays,
 * plain objects and dates are equal when their contents are, NaN equals NaN, and 0 equals -0.
 *
 * @example
 * const words = Bag.fromText("books/*.txt").flatMap((line) => line.toLowerCase().match(/\p{L}+/gu) ?? []);
 * const [top, count] = await compute(words.frequencies().topK(10, 1), words.count());
 */
export class Bag<T> implements Collection<T[]> {
  readonly #parts: Partitioned;
  #graph: Graph | undefined;
  #whole: SingleResult | undefined;

  /** Trusts its argument; bags are made by `Bag.of` and its like. */
  constructor(parts: Partitioned) {
    this.#parts = parts;
  }

  /**
   * A bag of the elements at hand, cut into `partitions` runs of equal length: one an element, and 100 at most,
   * unless given. The iterable is read at once.
   *
   * @throws InvalidArgumentError
   */
  static of<T>(iterable: Iterable<T>, options?: PartitionOptions): Bag<T> {
    return new Bag<T>(bagOf(iterable, options));
  }

  /** The whole numbers from 0 to n - 1, made where they are needed. @throws InvalidArgumentError */
  static range(n: number, options?: PartitionOptions): Bag<number> {
    return new Bag<number>(bagOfRange(n, options));
  }

  /**
   * The lines of text files, without their ends (\n or \r\n); empty lines count, a byte order mark does not. Files
   * are found when the bag is built: by path, pattern (`*`, `?`, `**`, `[a-z]`, `{a,b}`), `file:` URL or an array of
   * these, sorted by path within each pattern. They are read in blocks of `blockBytes` (32 MiB) where the tasks run;
   * files whose names end in `.gz` are unpacked, one partition each.
   *
   * @throws NoFilesError for a pattern that matches no file, InvalidArgumentError.
   */
  static fromText(files: FilePattern, options?: TextOptions): Bag<string> {
    return new Bag<string>(bagOfText(files, options));
  }

  /**
   * The values in files of newline-delimited JSON; blank lines are skipped. Files as for {@link Bag.fromText}. `T` is
   * believed, not checked. A line that is not JSON fails its task with a BrokenLineError naming file and line.
   *
   * @throws NoFilesError for a pattern that matches no file, InvalidArgumentError.
   */
  static fromNdjson<T = unknown>(files: FilePattern, options?: FileOptions): Bag<T> {
    return new Bag<T>(bagOfNdjson(files, options));
  }

  /** A bag with each of the lazy arrays as a partition. @throws InvalidArgumentError */
  static fromDelayed<T>(partitions: Iterable<Collection<readonly T[]>>): Bag<T> {
    return new Bag<T>(bagOfCollections(partitions));
  }

  /** The elements of all bags, one bag after the other. Costs no task. */
  static concat<T>(...bags: readonly BagLike<T>[]): Bag<T> {
    const all = bags.map((bag) => Bag.#partsOf(bag));
    return new Bag<T>(all.length === 0 ? bagOf([]) : concatenated(all));
  }

  /** How many partitions there are. At least one. */
  get partitions(): number {
    return this.#parts.keys.length;
  }

  get [lazyMark](): true {
    return true;
  }

  get source(): GraphSource {
    return this.#parts.source;
  }

  /** The keys of the partitions, in order. */
  get outputs(): readonly string[] {
    return this.#parts.keys;
  }

  /** Everything needed to compute the bag. Put together when first asked for, then kept. */
  get graph(): Graph {
    return (this.#graph ??= collectGraph([this.#parts.source]));
  }

  /**
   * All elements as one array.
   *
   * @throws TaskErredError when a task failed (the cause is what the callback threw), CancelledError.
   */
  compute(options?: ComputeOptions): Promise<T[]> {
    return runner().compute<T[]>(this, options);
  }

  /** The same bag standing on its finished partitions: whatever is built on it does not compute them again. */
  persist(options?: ComputeOptions): Promise<Bag<T>> {
    return runner().persist<Bag<T>>(this, options);
  }

  /** Draws the graph into `file`: `.svg`, `.png`, `.dot` or `.mmd`. */
  visualize(file: string): Promise<void> {
    return runner().visualize(this, file);
  }

  /** `fn` of every element. Called with the element alone; a promise is waited for before the next call. */
  map<U>(fn: (value: T) => U, options?: StepOptions): Bag<Settled<U>> {
    return new Bag<Settled<U>>(stepped(this.#parts, "map", fn, options));
  }

  /** The elements for which `fn` gives something truthy. A promise is waited for before the next call. */
  filter<U extends T>(fn: (value: T) => value is U, options?: StepOptions): Bag<U>;
  filter(fn: (value: T) => unknown, options?: StepOptions): Bag<T>;
  filter(fn: (value: T) => unknown, options?: StepOptions): Bag<T> {
    return new Bag<T>(stepped(this.#parts, "filter", fn, options));
  }

  /** The elements of the arrays that `fn` gives; what is no array counts as one element. */
  flatMap<U>(fn: (value: T) => U, options?: StepOptions): Bag<Flattened<Settled<U>>> {
    return new Bag<Flattened<Settled<U>>>(stepped(this.#parts, "flatMap", fn, options));
  }

  /** The elements that `fn` makes of each partition's elements. It may change the array it gets. */
  mapPartitions<U>(
    fn: (items: T[]) => Iterable<U> | PromiseLike<Iterable<U>>,
    options?: StepOptions,
  ): Bag<U> {
    return new Bag<U>(stepped(this.#parts, "mapPartitions", fn, options));
  }

  /** The property `name` of every element, or arrays of several properties; `fallback` where it is undefined. */
  pluck<N extends NameOf<T>>(name: N): Bag<T[N]>;
  pluck<N extends NameOf<T>, F>(name: N, fallback: F): Bag<Exclude<T[N], undefined> | F>;
  pluck<const N extends readonly NameOf<T>[]>(names: N): Bag<{ -readonly [I in keyof N]: T[N[I]] }>;
  pluck<const N extends readonly NameOf<T>[], F>(
    names: N,
    fallback: F,
  ): Bag<{ -readonly [I in keyof N]: Exclude<T[N[I]], undefined> | F }>;
  pluck(name: unknown, ...fallback: readonly unknown[]): Bag<unknown> {
    return new Bag<unknown>(plucked(this.#parts, name, fallback));
  }

  /**
   * All elements folded into one value: `fn(accumulated, element)` from `initial` on, left to right.
   *
   * Partitions are folded apart, so `combine(accumulated, accumulated)` puts their values together and must be
   * associative, and `initial` must change nothing when it is combined; it is copied for each partition when it is an
   * array, plain object, Map, Set or typed array, and a function is called for it, so `fn` may change what it
   * accumulates, while `combine` must not change its arguments.
   *
   * Without `combine`, `fn` itself must be associative and must not change its arguments; `initial` may be anything: it
   * comes in once.
   *
   * @example
   * bag.fold((sum, x) => sum + x.price, (a, b) => a + b, 0);
   */
  fold(fn: (accumulated: T, value: T) => T, initial: T | (() => T)): Lazy<T>;
  fold<A>(
    fn: (accumulated: A, value: T) => A,
    combine: (a: A, b: A) => A,
    initial: A | (() => A),
    options?: ReductionOptions,
  ): Lazy<A>;
  fold(
    fn: (accumulated: T, value: T) => T,
    combine: undefined,
    initial: T | (() => T),
    options?: ReductionOptions,
  ): Lazy<T>;
  fold(fn: unknown, ...rest: readonly unknown[]): Lazy<unknown> {
    if (rest.length === 0) {
      throw new InvalidArgumentError(
        "bag.fold(fn, initial)",
        "there is no initial value",
        "Give one, or use reduce, which starts from the first element.",
      );
    }
    const [combine, initial, options] = rest.length < 2 ? [undefined, ...rest] : rest;
    return lazy(reduce.folded(this.#parts, fn, combine, initial, options as ReductionOptions | undefined));
  }

  /**
   * All elements reduced to one by `fn`, which must be associative and must not change its arguments. Without `initial`,
   * an empty bag fails with an EmptyBagError.
   */
  reduce(fn: (accumulated: T, value: T) => T, initial?: T | (() => T), options?: ReductionOptions): Lazy<T> {
    const start: readonly unknown[] = initial === undefined ? [] : [initial];
    return lazy(reduce.reducedBy(this.#parts, fn, start, options));
  }

  /**
   * A pair of key and folded value for each key, in order of the keys' first appearance: `fold` for each group,
   * without ever holding the groups, by the same rules. `by` is a function of the element or the name of a property.
   * Without `initial`, each key starts from its first element.
   */
  foldBy<K>(by: (value: T) => K, fn: (accumulated: T, value: T) => T, initial?: T | (() => T)): Bag<[K, T]>;
  foldBy<N extends NameOf<T>>(
    by: N,
    fn: (accumulated: T, value: T) => T,
    initial?: T | (() => T),
  ): Bag<[T[N], T]>;
  foldBy<K, A>(
    by: (value: T) => K,
    fn: (accumulated: A, value: T) => A,
    combine: (a: A, b: A) => A,
    initial: A | (() => A),
    options?: ReductionOptions,
  ): Bag<[K, A]>;
  foldBy<N extends NameOf<T>, A>(
    by: N,
    fn: (accumulated: A, value: T) => A,
    combine: (a: A, b: A) => A,
    initial: A | (() => A),
    options?: ReductionOptions,
  ): Bag<[T[N], A]>;
  foldBy(by: unknown, fn: unknown, ...rest: readonly unknown[]): Bag<[unknown, unknown]> {
    const [combine, initial, options] = rest.length < 2 ? [undefined, ...rest] : rest;
    const start = rest.length === 0 ? [] : [initial];
    return new Bag(
      reduce.foldedBy(this.#parts, by, fn, combine, start, options as ReductionOptions | undefined),
    );
  }

  /**
   * A pair of key and elements for each key, in order of the keys' first appearance, the elements in their own. `by` is
   * a function of the element or the name of a property.
   *
   * Every element moves to its group, and all keys go through one task: where a fold will do, `foldBy` costs far less.
   */
  groupBy<K>(by: (value: T) => K, options?: PartitionOptions): Bag<[K, T[]]>;
  groupBy<N extends NameOf<T>>(by: N, options?: PartitionOptions): Bag<[T[N], T[]]>;
  groupBy(by: unknown, options?: PartitionOptions): Bag<[unknown, T[]]> {
    return new Bag(groupedBy(this.#parts, by, options));
  }

  /** A pair of value and count for each distinct element, in order of first appearance. */
  frequencies(options?: ReductionOptions): Bag<[T, number]> {
    return new Bag(reduce.countedValues(this.#parts, options));
  }

  /**
   * The `k` greatest elements, greatest first; of equals, those that come first. `by` ranks them instead: a function of
   * the element or the name of a property. Numbers, bigints, strings, booleans and dates have an order.
   */
  topK(k: number, by?: ((value: T) => unknown) | NameOf<T>, options?: ReductionOptions): Bag<T> {
    return new Bag(reduce.topOf(this.#parts, k, by, options));
  }

  /** The first of all elements that are equal, or, with `by`, that have equal keys. */
  distinct(by?: ((value: T) => unknown) | NameOf<T>, options?: ReductionOptions): Bag<T> {
    return new Bag(reduce.distinctOf(this.#parts, by, options));
  }

  /** How many elements there are. */
  count(options?: ReductionOptions): Lazy<number> {
    return lazy(reduce.counted(this.#parts, options));
  }

  /**
   * The sum of numbers; 0 of none. Added left to right within each partition, then partition by partition: fractions
   * may differ in their last digits from those of a single loop.
   */
  sum(this: Bag<number>, options?: ReductionOptions): Lazy<number> {
    return lazy(reduce.summed(this.#parts, options));
  }

  /** The mean of numbers, summed like {@link Bag.sum}. Of none it fails with an EmptyBagError. */
  mean(this: Bag<number>, options?: ReductionOptions): Lazy<number> {
    return lazy(reduce.averaged(this.#parts, options));
  }

  /**
   * The least of numbers, bigints, strings, booleans or dates, the first of equals; NaN if there is one. Of none it
   * fails with an EmptyBagError. For the least by a key, see {@link Bag.topK}.
   */
  min(options?: ReductionOptions): Lazy<T> {
    return lazy(reduce.extreme(this.#parts, "min", options));
  }

  /** The greatest; otherwise like {@link Bag.min}. */
  max(options?: ReductionOptions): Lazy<T> {
    return lazy(reduce.extreme(this.#parts, "max", options));
  }

  /**
   * A pair of elements for every element of this bag and every element of `other` that has an equal key, in the order of
   * this bag, then of the other. `onSelf` and `onOther` are functions of the element or names of properties; `onSelf`
   * serves for both when `onOther` is left out.
   *
   * The other side is indexed by key and should be the smaller one. From an array, or a bag of one partition, one index
   * goes to every partition; otherwise both sides are divided by a hash of the key.
   */
  join<U>(
    other: BagLike<U>,
    onSelf: ((value: T) => unknown) | NameOf<T>,
    onOther: ((value: U) => unknown) | NameOf<U>,
  ): Bag<[T, U]>;
  join<U>(other: BagLike<U>, onBoth: ((value: T | U) => unknown) | (NameOf<T> & NameOf<U>)): Bag<[T, U]>;
  join(other: BagLike<unknown>, onSelf: unknown, onOther?: unknown): Bag<[T, unknown]> {
    const parts = other instanceof Bag ? other.#parts : bagOf(other, { partitions: 1 });
    return new Bag(joined(this.#parts, parts, onSelf, onOther));
  }

  /** Arrays of the elements at the same place in each bag, as many as the shortest has. */
  zip<O extends readonly unknown[]>(...others: { [I in keyof O]: BagLike<O[I]> }): Bag<[T, ...O]> {
    const beside = others.map((other: BagLike<unknown>) =>
      other instanceof Bag ? other.#parts : bagBeside(other, this.#parts),
    );
    return new Bag(zipped([this.#parts, ...beside]));
  }

  /**
   * All the values a fold goes through: from the first element on, or, with `initial`, from that on, which then comes
   * first. The partitions run one after the other. `fn` must not change what it accumulates.
   */
  accumulate(fn: (accumulated: T, value: T) => T): Bag<T>;
  accumulate<A>(fn: (accumulated: A, value: T) => A, initial: A | (() => A)): Bag<A>;
  accumulate(fn: unknown, ...initial: readonly unknown[]): Bag<unknown> {
    return new Bag(accumulated(this.#parts, fn, initial));
  }

  /** The same elements in `partitions` partitions: fewer by joining neighbours, more by cutting each up. */
  repartition(partitions: number): Bag<T> {
    return new Bag(repartitioned(this.#parts, partitions));
  }

  /** The elements of this bag, then those of the others. Costs no task. */
  concat(...others: readonly BagLike<T>[]): Bag<T> {
    return Bag.concat<T>(this, ...others);
  }

  /**
   * The first `n` elements. Its own `compute()` computes a partition, then as many as it has, and so on until there are
   * enough, where partitions can be computed apart; in a graph with others, all partitions that may be needed are.
   */
  take(n: number): Lazy<T[]> {
    return new LazyTake<T>(this.#parts, n);
  }

  /**
   * Writes each partition of strings as a file of lines, `part-000.txt` and so on, and gives the paths. A file appears
   * under its name when it is whole. The directory is made when it is not there; files of these names are replaced.
   */
  toText(this: Bag<string>, directory: string): Lazy<string[]> {
    return lazy(written(this.#parts, "toText", directory));
  }

  /** Writes each partition as a file of newline-delimited JSON, `part-000.ndjson` and so on, like {@link Bag.toText}. */
  toNdjson(directory: string): Lazy<string[]> {
    return lazy(written(this.#parts, "toNdjson", directory));
  }

  /** For `console.log` and the debugger. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return `Bag <${this.#parts.keys[0]} …, partitions: ${this.partitions}>`;
  }

  /** Each partition as a lazy array. */
  toDelayed(): Lazy<T[]>[] {
    return this.#parts.keys.map((key) => new Lazy<T[]>(key, this.#parts.source));
  }

  assemble(results: readonly unknown[]): T[] {
    return (results as T[][]).flat();
  }

  over(source: GraphSource): Bag<T> {
    return new Bag<T>({ ...this.#parts, source });
  }

  whole(): SingleResult {
    return (this.#whole ??= wholeOf(this.#parts));
  }

  static #partsOf(bag: BagLike<unknown>): Partitioned {
    return bag instanceof Bag ? bag.#parts : bagOf(bag);
  }
}

function lazy<T>({ key, source }: Scalar): Lazy<T> {
  return new Lazy<T>(key, source);
}
