/**
 * The scheduler's tables, with one writer: the functions of this folder, called by SchedulerCore.handle. No logic
 * here beyond keeping a table whole.
 *
 * Words used throughout:
 * - a task is *active* while it is waiting, queued, noWorker or processing;
 * - it is *needed* while a client or a published name wants it, or an active task has it among its inputs;
 * - active tasks are needed, needed ones are active, in memory or erred; the work lists hold the tasks for which that
 *   may just have stopped being so, and `propagate` empties them before a stimulus is done.
 */

import type { PeerId } from "../../../protocol/addresses.js";
import type { WireTaskOptions } from "../../../protocol/messages.js";
import { Random } from "../../random.js";
import { schedulerTaskTable } from "../../task/tables.js";
import type { Assembly } from "./assembly.js";
import type { ClientRecord } from "./client-record.js";
import type { SchedulerConfig } from "../config.js";
import { Constraint } from "./constraint.js";
import { DesiredWorkers } from "./desired-workers.js";
import { Events } from "./events.js";
import { History } from "./history.js";
import { Life } from "./life.js";
import { Questions } from "./questions.js";
import { Recovery } from "./recovery.js";
import type { SchedulerInstruction } from "../stimuli.js";
import { AssignmentTable } from "../tables/assignment-table.js";
import { EdgeTable } from "../tables/edge-table.js";
import { FunctionTable } from "../tables/function-table.js";
import { InlineStore } from "../tables/inline-store.js";
import { IntList } from "../tables/int-list.js";
import { KeyIndex } from "../tables/key-index.js";
import { PrefixTable } from "../tables/prefix-table.js";
import { ReadyQueue } from "../tables/ready-queue.js";
import { RunIndex } from "../tables/run-index.js";
import { TaskTable } from "../tables/task-table.js";
import { Timers } from "../tables/timers.js";
import { WantTable } from "../tables/want-table.js";
import type { Erred, Trouble } from "./trouble.js";
import type { WorkerRecord } from "./worker-record.js";

export const S = schedulerTaskTable.state;
export const E = schedulerTaskTable.event;

/** What a running task says of itself. */
export interface TaskProgress {
  readonly done: number;
  readonly total: number;
}

/** Runs of one term lie in [epoch, epoch + 1) times this. */
export const runsPerEpoch = 4294967296;

/** Arguments of the tasks that came in one part of a submission. */
export interface Batch {
  args: Uint8Array;
  /** Tasks that are left of it. */
  live: number;
  /** The tasks when its arguments were last copied together. */
  packedAt: number;
  readonly retries: number;
  /** The graph it is a part of, and that graph's tasks. */
  readonly graphId: string;
  readonly total: number;
  /** How far apart its tasks are in the order of all work. */
  readonly step: number;
}

/** A task that is running on a second worker too. */
export interface Twin {
  readonly run: number;
  readonly worker: WorkerRecord;
}

/** A task that its worker was asked to give back, and who is to get it. */
export interface Theft {
  readonly slot: number;
  readonly victim: WorkerRecord;
  readonly thief: WorkerRecord;
}

export class SchedulerState {
  readonly config: SchedulerConfig;
  readonly epoch: number;
  readonly random: Random;
  nowMs = 0;
  #nextRun: number;

  readonly tasks = new TaskTable();
  readonly assignments = new AssignmentTable();
  readonly edges = new EdgeTable();
  readonly wants = new WantTable();
  readonly keys = new KeyIndex(this.tasks);
  readonly runs: RunIndex;
  readonly inline = new InlineStore();
  readonly functions = new FunctionTable();
  readonly prefixes: PrefixTable;
  readonly batches: (Batch | undefined)[] = [];
  readonly freeBatches: number[] = [];
  readonly timers = new Timers();

  /** Graphs of which not all parts have come, by client and graph. */
  readonly assemblies = new Map<string, Assembly>();
  /** Runs that name values which clients are about to put on workers: until when. */
  readonly reservations = new Map<number, number>();

  // ---- what few tasks have
  readonly options = new Map<number, WireTaskOptions>();
  readonly troubles = new Map<number, Trouble>();
  readonly errors = new Map<number, Erred>();
  /** Holders of a value besides the one in its column. */
  readonly copies = new Map<number, WorkerRecord[]>();
  readonly twins = new Map<number, Twin>();
  /** How far running tasks say they are, by run. */
  readonly progress = new Map<number, TaskProgress>();
  readonly thefts = new Map<number, Theft>();

  readonly constraints: (Constraint | undefined)[];
  readonly constraintOf = new Map<string, Constraint>();
  /** Tasks that must run with nothing beside them: slot, stamp. */
  readonly suspects = new IntList();

  readonly workers: (WorkerRecord | undefined)[] = [];
  /** The same without gaps, in order of arrival. */
  readonly workerList: WorkerRecord[] = [];
  readonly workerOf = new Map<PeerId, WorkerRecord>();
  readonly clients: (ClientRecord | undefined)[] = [undefined, undefined];
  readonly clientOf = new Map<PeerId, ClientRecord>();
  readonly published = new Map<string, { readonly keys: readonly string[]; readonly meta: unknown }>();

  // ---- work lists, see propagate.ts
  readonly toActivate = new IntList();
  readonly toPlace = new IntList();
  readonly toRelease = new IntList();
  readonly toForget = new IntList();
  readonly toSettle = new IntList();
  /** Root tasks found ready in this stimulus, to be queued together. */
  readonly roots = new IntList();
  /** Scratch: tasks whose dependents are to be looked at for sending ahead, or for taking back. */
  readonly chain = new IntList();
  /** Whether any worker may have come to have room; else only those in `touched` may. */
  dealAll = false;
  readonly touched: WorkerRecord[] = [];

  /** The grace after a take-over has just ended. */
  lettingGo = false;

  // ---- periodic work: when it is next due
  stealAtMs = Infinity;
  stealIntervalMs: number;
  houseAtMs = Infinity;
  replicasAtMs = Infinity;

  /** Tasks in each state. */
  readonly counts = new Int32Array(schedulerTaskTable.states.length);
  readonly history: History;
  readonly events: Events;
  readonly questions = new Questions();
  readonly recovery = new Recovery();
  /** Values that workers which had been given up came back with, and that were taken, ever. */
  giftsTaken = 0;
  /** State changes in this stimulus, and ever. */
  steps = 0;
  stepsEver = 0;
  messageMark = 0;

  /** What top-level work that comes next is ordered by. */
  nextPriority = 0;
  /** Where the next round over the workers begins, so that equals take turns. */
  turn = 0;
  /** Slots of all workers that are here to stay. */
  totalSlots = 0;
  /** How many workers there should be; and how many slots one had when there were some last. */
  readonly desired: DesiredWorkers;
  slotsPerWorker = 1;
  /** The smallest memory limit of any worker. */
  leastMemoryBytes = Infinity;
  /** Some workers are in this process, others across a bus. */
  isHybrid = false;
  /** The bus is down at this end: nobody is declared dead. */
  busDown = false;
  readonly life: Life;
  out: SchedulerInstruction[] = [];

  constructor(config: SchedulerConfig, epoch: number, seed: number, recovering: boolean) {
    this.config = config;
    this.epoch = epoch;
    this.random = new Random(seed);
    this.#nextRun = epoch * runsPerEpoch + 1;
    this.runs = new RunIndex(epoch * runsPerEpoch);
    this.prefixes = new PrefixTable(config.prefixLimit, config.unknownDurationMs);
    this.constraints = [new Constraint(0, "", {}, new ReadyQueue(this.tasks))];
    this.history = new History(config.storyLimit);
    this.events = new Events(config.eventsPerTurn);
    this.life = new Life(recovering);
    this.desired = new DesiredWorkers(config);
    this.stealIntervalMs = config.stealIntervalMinMs;
  }

  newRun(): number {
    return this.#nextRun++;
  }

  /** Tasks without wishes that are ready. */
  get queue(): ReadyQueue {
    return this.constraints[0]!.queue;
  }

  slotOf(key: string): number {
    return this.keys.get(key);
  }

  /** Whether the task that had `stamp` still has the slot. */
  isSame(slot: number, stamp: number): boolean {
    return this.tasks.stamp[slot] === stamp;
  }

  workerOn(slot: number): WorkerRecord | undefined {
    const index = this.tasks.worker[slot]!;
    return index < 0 ? undefined : this.workers[index];
  }

  /** A worker by incarnation, or else by name. */
  findWorker(peerOrName: string): WorkerRecord | undefined {
    return this.workerOf.get(peerOrName) ?? this.workerList.find((worker) => worker.name === peerOrName);
  }
}
