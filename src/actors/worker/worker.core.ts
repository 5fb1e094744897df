/**
 * The worker: takes runs, brings their inputs, hands them to threads in order of priority, reports what became of
 * them, and keeps the values they made until told to drop them.
 *
 * Everything is keyed by run: two attempts at one task never meet. Decides only; bytes, threads, files and clocks
 * belong to the shell, which calls `handle` for all that happens and `drain` once a turn of its event loop.
 *
 * Invariants, asserted by `validate()`:
 *   W1 a run that is ready or handed to a thread has no input missing, but one that is made in its thread before it;
 *   W2 a waiting run waits for exactly the inputs that are not here;
 *   W3 every value waited for is being made here or is being fetched;
 *   W4 the slots in use are those of the runs that occupy one;
 *   W5 the digests are those of the tables;
 *   W6 an inline value is kept only for runs that need it.
 */

import type { Bye, PeerMessage, SchedulerToWorker } from "../../protocol/messages.js";
import type { Core } from "../runtime/core.js";
import { workerRunTable } from "../task/tables.js";
import type { WorkerConfig } from "./config.js";
import {
  confirmed,
  runEnded,
  runSeceded,
  runsDone,
  runsUnstarted,
  startRuns,
  threadLost,
  valuesBroken,
} from "./ending.js";
import { cancelRun, drainWorker, freeValue, giveBack, recalled, sayLeaving } from "./giving-back.js";
import type { Gift } from "./gift.js";
import { giftsOf } from "./gifts.js";
import { beat, register } from "./house.js";
import { fetchEnded, fetchMore, takeRuns, valueArrived } from "./intake.js";
import { observe } from "./memory.js";
import { L, LE, WorkerState } from "./state.js";
import type { WorkerInstruction, WorkerStimulus } from "./stimuli.js";
import { validateWorker } from "./validate.js";

export class WorkerCore implements Core<WorkerStimulus, WorkerInstruction> {
  readonly #state: WorkerState;

  constructor(config: WorkerConfig) {
    this.#state = new WorkerState(config);
  }

  /** @param at monotonic milliseconds, of any origin. */
  handle(stimulus: WorkerStimulus, at: number): void {
    const state = this.#state;
    state.at = at;
    switch (stimulus.type) {
      case "message":
        return this.#message(stimulus.from, stimulus.message, stimulus.streams);
      case "peerUp":
        if (stimulus.sharesMemory === true) state.servings.peerIsNear(stimulus.peer);
        if (stimulus.hello.role === "scheduler") {
          state.scheduler = stimulus.peer;
          this.#meetScheduler();
        }
        return;
      case "linkReset":
        if (stimulus.peer === state.scheduler) this.#meetScheduler();
        state.fetches.linkReset(stimulus.peer);
        state.servings.linkReset(stimulus.peer);
        return fetchMore(state);
      case "peerLost":
        if (stimulus.peer === state.scheduler) {
          state.scheduler = undefined;
          state.live(LE.SCHEDULER_LOST);
        }
        return this.#lostPeer(stimulus.peer);
      case "heard":
        return confirmed(state, stimulus.sinceMs);
      case "threadReady":
        return state.threads.ready(stimulus.thread);
      case "done":
        return runsDone(state, stimulus.batch);
      case "failed":
        for (const failure of stimulus.runs) runEnded(state, failure);
        return;
      case "progressed":
        return state.progressed(stimulus.run, stimulus.done, stimulus.total);
      case "unstarted":
        return runsUnstarted(state, stimulus.runs);
      case "seceded":
        return runSeceded(state, stimulus.run);
      case "threadLost":
        return threadLost(state, stimulus);
      case "recalled":
        return recalled(state, stimulus.runs, stimulus.kept);
      case "valuesBroken":
        return valuesBroken(state, stimulus.runs, stimulus.unstarted);
      case "observed":
        return observe(state, stimulus);
      case "tick":
        return beat(state);
      case "ranHere":
        return state.tell(stimulus.answer);
      case "drain":
        return drainWorker(state, stimulus.reason);
      case "stalled":
      case "linkFull":
      case "linkDrained":
      case "stale":
      case "busDown":
      case "busUp":
        return;
    }
  }

  /** What is to be done, in order. Starts what can be started, so it is to be called once a turn. */
  drain(): WorkerInstruction[] {
    const state = this.#state;
    startRuns(state);
    state.flushReports();
    if ((state.dismissed || isAlone(state)) && this.left()) {
      // Said once.
      state.dismissed = false;
      state.leaving = undefined;
      state.out.push({ type: "left" });
    }
    return state.out.splice(0);
  }

  /** When the next `tick` is wanted. */
  nextTimer(): number {
    return this.#state.nextBeatAt;
  }

  /** Runs it has been given and has not ended. */
  get load(): number {
    return this.#state.runs.size;
  }

  /** True once a draining worker has nothing left to do or to hand out, and may go. */
  left(): boolean {
    const state = this.#state;
    if (state.life === L.draining && state.runs.size === 0 && state.servings.size === 0)
      state.live(LE.DRAINED);
    return state.life === L.left;
  }

  /** What the incarnation that follows this one, when it is given up, has to offer. */
  gifts(): readonly Gift[] {
    return giftsOf(this.#state);
  }

  /** @throws MachineError when a numbered invariant does not hold. */
  validate(): void {
    validateWorker(this.#state);
  }

  /** Each run of `key` here, and how far it is. */
  explain(
    key: string,
  ): readonly { readonly run: number; readonly state: string; readonly missing: number }[] {
    return [...this.#state.runs.values()]
      .filter((record) => record.key === key)
      .map(({ run, state, missing }) => ({ run, state: workerRunTable.states[state] as string, missing }));
  }

  /** A scheduler, or the same one after a break: it is told everything, and numbers its functions anew. */
  #meetScheduler(): void {
    this.#state.live(LE.SCHEDULER_UP);
    this.#state.functions = [];
    register(this.#state);
    sayLeaving(this.#state);
  }

  /** The scheduler lets go of it. Unless it was leaving, or is to begin anew, it waits for the next scheduler. */
  #dismiss({ reason, restart }: Bye): void {
    const state = this.#state;
    if (state.leaving !== undefined) state.dismissed = true;
    else if (restart === true) state.out.push({ type: "startAgain", reason });
  }

  /** What was asked of a peer, or was being sent to it, has to start over. */
  #lostPeer(peer: string): void {
    this.#state.fetches.peerLost(peer);
    this.#state.servings.peerLost(peer);
    fetchMore(this.#state);
  }

  #message(from: string, message: SchedulerToWorker | PeerMessage, streams?: true): void {
    const state = this.#state;
    switch (message.kind) {
      case "run":
        // A scheduler that is no longer ours has no say.
        if (from !== state.scheduler) return;
        return takeRuns(state, message);
      case "cancelRuns":
        if (message.why === "steal") return giveBack(state, message.runs);
        for (const run of message.runs) cancelRun(state, run, "cancelled by the scheduler");
        return;
      case "free":
        for (const run of message.runs) freeValue(state, run);
        return;
      case "replicate":
        for (const [run, nbytes, holders] of message.values) {
          if (state.values.list(run)) state.copied(run);
          else state.fetches.want(run, "", nbytes, holders);
        }
        return fetchMore(state);
      case "runOnWorker":
        state.out.push({ type: "runHere", id: message.id, fn: message.fn, args: message.args });
        return;
      case "register?":
        return register(state);
      case "get":
        return state.servings.get(from, message.id, message.runs, message.credit, state.at);
      case "credit":
        return state.servings.credit(from, message.id, message.bytes, state.at, streams);
      case "chunk": {
        const fetched = state.fetches.chunk(from, message, state.at);
        if (fetched !== undefined) fetchEnded(state, fetched);
        return fetchMore(state);
      }
      case "gone":
        state.fetches.gone(from, message.id, message.runs);
        return fetchMore(state);
      case "put": {
        const { run, key, offset, total, bytes, id } = message;
        state.out.push({ type: "storeChunk", run, offset, total, bytes });
        if (offset + bytes.length < total) return;
        valueArrived(state, run, key, total, true);
        return state.send(from, { kind: "putDone", id, ok: true });
      }
      case "bye":
        if (from === state.scheduler) this.#dismiss(message);
        return;
      case "putDone":
      case "hello":
        return;
    }
  }
}

/** It was to leave, and there is neither a scheduler that would let it go nor anything that a later one could want. */
function isAlone({ leaving, scheduler, values }: WorkerState): boolean {
  return leaving !== undefined && scheduler === undefined && values.all().length === 0;
}
