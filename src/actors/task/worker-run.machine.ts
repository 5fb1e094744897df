/**
 * One run (one attempt at a task) as its worker sees it. Keyed by run, never by key: two attempts at one key are
 * two of these. The source of truth for the worker's table and for docs/machines.md.
 *
 * Running tasks can be stopped (abort signal, then the thread), so a cancelled run needs no way back but one:
 * wanted again while it still computes, it is adopted.
 */

import { setup } from "xstate";

export type WorkerRunEvent =
  | { readonly type: "INPUTS_HERE" }
  | { readonly type: "FETCH" }
  | { readonly type: "INPUT_GONE" }
  | { readonly type: "START" }
  | { readonly type: "CHAIN" }
  | { readonly type: "SECEDE" }
  | { readonly type: "FINISH" }
  | { readonly type: "FAIL" }
  | { readonly type: "CANCEL" }
  | { readonly type: "ADOPT" }
  | { readonly type: "HAND_BACK" }
  | { readonly type: "UNSTARTED" }
  | { readonly type: "FREE" };

export const workerRunMachine = setup({ types: { events: {} as WorkerRunEvent } }).createMachine({
  id: "workerRun",
  initial: "waiting",
  states: {
    waiting: {
      description: "Some inputs are being made on this worker, or wait for their turn to be fetched.",
      on: {
        INPUTS_HERE: { target: "ready", description: "the last input is here" },
        FETCH: { target: "fetching", description: "all that is missing is on its way" },
        CHAIN: {
          target: "chained",
          description: "its last input is being made in the thread it is given to",
        },
        INPUT_GONE: { target: "gone", description: "an input is nowhere to be had: reported as missing" },
        CANCEL: "gone",
        HAND_BACK: "gone",
      },
    },
    fetching: {
      description: "Inputs are on their way from other workers.",
      on: {
        INPUTS_HERE: "ready",
        INPUT_GONE: "gone",
        CANCEL: "gone",
        HAND_BACK: "gone",
      },
    },
    ready: {
      description: "All inputs are here; it waits for a thread, in order of priority.",
      on: {
        START: {
          target: "running",
          description: "a slot is free, its resources are, and the scheduler was heard lately",
        },
        INPUT_GONE: { target: "waiting", description: "an input was lost with its thread" },
        CANCEL: "gone",
        HAND_BACK: { target: "gone", description: "stolen, or the worker drains" },
      },
    },
    chained: {
      description:
        "Handed to a thread behind the run that makes its last input, with which the thread begins it.",
      on: {
        INPUTS_HERE: { target: "running", description: "what it was waiting for was made" },
        INPUT_GONE: { target: "gone", description: "what it was waiting for was not made" },
        UNSTARTED: { target: "waiting", description: "the thread did not get to it" },
        HAND_BACK: "gone",
        FINISH: "memory",
        FAIL: "erred",
        CANCEL: "cancelled",
      },
    },
    running: {
      description: "Handed to a thread, which runs it or is about to.",
      on: {
        UNSTARTED: { target: "ready", description: "its thread ended before it had begun" },
        HAND_BACK: { target: "gone", description: "stolen from the thread's own queue: it had not begun" },
        SECEDE: { target: "longRunning", description: "it gave up its slot while it waits for others" },
        FINISH: "memory",
        FAIL: "erred",
        CANCEL: {
          target: "cancelled",
          description: "its signal is aborted; after cancelGraceMs its thread ends",
        },
      },
    },
    longRunning: {
      description: "Running without occupying a slot.",
      on: { FINISH: "memory", FAIL: "erred", CANCEL: "cancelled" },
    },
    cancelled: {
      description: "Told to stop, and still running.",
      on: {
        HAND_BACK: { target: "gone", description: "it had not begun after all" },
        ADOPT: { target: "running", description: "wanted again while it still runs" },
        FINISH: { target: "memory", description: "too late to stop: the result is offered, never assumed" },
        FAIL: "gone",
      },
    },
    memory: {
      description: "Its value is held here, and the scheduler was told.",
      on: { FREE: "gone" },
    },
    erred: {
      description: "It failed, and the scheduler was told.",
      on: { FREE: "gone" },
    },
    gone: { description: "Forgotten by this worker.", type: "final" },
  },
});
