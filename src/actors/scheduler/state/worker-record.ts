/** What the scheduler knows of one worker incarnation, and what it is about to send it. */

import type { PeerId } from "../../../protocol/addresses.js";
import type { Register } from "../../../protocol/messages.js";
import { grown } from "../tables/grow.js";
import { IntList } from "../tables/int-list.js";

export class WorkerRecord {
  /** Its number: what the tasks' columns hold. Used again when the worker is gone. */
  readonly index: number;
  readonly peer: PeerId;
  name: string;
  /** The pages of its registration that have come, but for the last. */
  pages: Register[] = [];
  /** It has said what it is and has; before that it is given nothing. */
  registered = false;
  paused = false;
  suspect = false;
  /** The link to it takes no more for now. */
  full = false;
  /** Why it is leaving, once it is: it gets nothing new, and goes when what only it has is elsewhere. */
  leaving: string | undefined;

  /** Another that has registered under its name since it was heard last. */
  namesake: PeerId | undefined;

  threads = 0;
  concurrency = 0;
  slots = 0;
  /** Of these, the ones it has because tasks run without occupying any. */
  lentSlots = 0;
  memoryLimitBytes = 0;
  /** It is in this process, while others may be across a bus. */
  isHome = false;
  resources: Readonly<Record<string, number>> = {};
  /** What is left of its resources. */
  available = new Map<string, number>();

  // ---- what it processes: a list of rows of AssignmentTable
  head = -1;
  tail = -1;
  processing = 0;
  /** The sum of the costs of what it processes. */
  occupancyMs = 0;
  /** How many of those it processes in a slot are of each kind, by the number of the prefix. */
  #counts = new Int32Array(16);
  /** Of those it processes, the ones known to be running. */
  started = 0;
  /** Runs a suspect, which nothing else may run beside. */
  alone = false;
  /** Gets nothing new, so that it comes to be free for a suspect. */
  closing = false;

  // ---- what it holds
  values = 0;
  valueBytes = 0;

  // ---- digests of what it should say of itself
  runDigest = 0;
  valueDigest = 0;
  /** Beats in a row whose digests differed while nothing was on its way to it. */
  mismatches = 0;
  /** The digests, ours and its, over which it was last asked to register. */
  askedOver = "";
  /** Whether something was sent to it since its last beat. */
  sentSinceBeat = true;

  heardAtMs: number;
  /** What its last beat said. */
  memoryBytes = 0;
  managedBytes = 0;
  loopDelayMs = 0;
  /** Time that a task is under way besides running: a moving mean. */
  roundTripMs = 0;

  // ---- what the next drain sends it
  readonly outbox = new IntList();
  /** Tasks of which it is to do the second run. */
  twinOutbox: number[] = [];
  cancels: number[] = [];
  steals: number[] = [];
  frees: number[] = [];
  /** While it leaves: values that others were asked to fetch from it, and when. */
  readonly moving = new Map<number, number>();
  /** It was told that it may go. */
  dismissed = false;
  replicates: (readonly [number, number, readonly PeerId[]])[] = [];
  /** Numbers of functions that it knows. */
  knownFunctions = new Uint8Array(16);

  /** Tasks here that have dependents which did not fit when they could have been sent ahead: slot, stamp. */
  readonly tails = new IntList();
  tailsAt = 0;
  /** Queued siblings of tasks here, set aside for it: slot, stamp. */
  readonly reserved = new IntList();
  reservedAt = 0;

  /** Is in `SchedulerState.touched`. */
  touched = false;
  /** Scratch: the number of the last decision in which it was considered. */
  mark = 0;

  constructor(index: number, peer: PeerId, name: string, atMs: number) {
    this.index = index;
    this.peer = peer;
    this.name = name;
    this.heardAtMs = atMs;
  }

  countOf(prefix: number): number {
    return this.#counts[prefix] ?? 0;
  }

  count(prefix: number, by: 1 | -1): void {
    if (prefix >= this.#counts.length)
      this.#counts = grown(this.#counts, Math.max(prefix + 1, 2 * this.#counts.length));
    this.#counts[prefix]! += by;
  }

  /** May be given work. */
  get usable(): boolean {
    return (
      this.registered &&
      !this.paused &&
      !this.suspect &&
      !this.alone &&
      !this.closing &&
      !this.full &&
      this.leaving === undefined
    );
  }

  /** Is there and will stay: whether it may run a task is worth waiting for. */
  get staying(): boolean {
    return this.registered && this.leaving === undefined;
  }

  describeItself(message: Register): void {
    this.name = message.name;
    this.threads = message.threads;
    this.concurrency = message.concurrency;
    this.slots = Math.max(1, message.threads * message.concurrency) + this.lentSlots;
    this.memoryLimitBytes = message.memoryLimitBytes;
    this.resources = message.resources;
    this.isHome = message.home === true;
  }
}
