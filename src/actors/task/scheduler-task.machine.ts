/**
 * A task as the scheduler sees it, from being known to being forgotten. The source of truth for the scheduler's
 * table and for docs/machines.md.
 *
 * The events are what the scheduler has decided, or learned; the guards (which worker, whether an input is still
 * missing) are its decisions and stand in the core, not here. An event a state does not list must not happen in
 * it: the compiled table answers it with `illegal`, and the core treats that as a broken invariant.
 */

import { setup } from "xstate";

export type SchedulerTaskEvent =
  | { readonly type: "WANTED" }
  | { readonly type: "ENQUEUED" }
  | { readonly type: "ASSIGNED" }
  | { readonly type: "NOBODY_CAN" }
  | { readonly type: "SOMEBODY_CAN" }
  | { readonly type: "FINISHED" }
  | { readonly type: "TAKEN_BACK" }
  | { readonly type: "FAILED" }
  | { readonly type: "INPUT_ERRED" }
  | { readonly type: "INPUT_LOST" }
  | { readonly type: "LOST" }
  | { readonly type: "UNWANTED" }
  | { readonly type: "RETRIED" }
  | { readonly type: "FORGOTTEN" };

export const schedulerTaskMachine = setup({ types: { events: {} as SchedulerTaskEvent } }).createMachine({
  id: "schedulerTask",
  initial: "released",
  states: {
    released: {
      description: "Known, with no result and nobody working on it.",
      on: {
        WANTED: { target: "waiting", description: "a client, a dependent or a published name wants it" },
        FINISHED: {
          target: "memory",
          description: "a literal, a scattered value, or a worker had it already",
        },
        INPUT_ERRED: "erred",
        FORGOTTEN: { target: "forgotten", description: "no want and no dependent is left" },
      },
    },
    waiting: {
      description: "Wanted; some inputs are not there yet, or it waits for its retry.",
      on: {
        ASSIGNED: {
          target: "processing",
          description: "the last input is there, or is being made on that worker",
        },
        ENQUEUED: { target: "queued", description: "a root task, and no slot is open" },
        NOBODY_CAN: { target: "noWorker", description: "no worker may run it, or none has the resources" },
        FINISHED: {
          target: "memory",
          description: "an older run of a pure task, or a registering worker, had it",
        },
        FAILED: { target: "erred", description: "lost too often, or an input can no longer be made" },
        INPUT_ERRED: "erred",
        UNWANTED: "released",
      },
    },
    queued: {
      description: "A root task with all its inputs, held back until a slot opens.",
      on: {
        ASSIGNED: { target: "processing", description: "a slot opened" },
        NOBODY_CAN: "noWorker",
        INPUT_LOST: "waiting",
        INPUT_ERRED: "erred",
        FINISHED: "memory",
        UNWANTED: "released",
      },
    },
    noWorker: {
      description: "Ready, but no worker may run it.",
      on: {
        ASSIGNED: { target: "processing", description: "a fitting worker came" },
        SOMEBODY_CAN: { target: "waiting", description: "a fitting worker came, placement decides anew" },
        INPUT_LOST: "waiting",
        INPUT_ERRED: "erred",
        FAILED: { target: "erred", description: "noWorkersTimeoutMs is over" },
        FINISHED: "memory",
        UNWANTED: "released",
      },
    },
    processing: {
      description: "A worker has been told to run it, and is the only one whose word counts.",
      on: {
        FINISHED: { target: "memory", description: "the newest run ended, or an older one of a pure task" },
        FAILED: { target: "erred", description: "retries used up, or too many workers died under it" },
        TAKEN_BACK: { target: "waiting", description: "worker lost, handed back, stolen, or a retry is due" },
        INPUT_ERRED: { target: "erred", description: "it had been sent ahead of an input that failed" },
        UNWANTED: "released",
      },
    },
    memory: {
      description: "Its value is on at least one worker, or inline here.",
      on: {
        LOST: { target: "released", description: "the last copy is gone" },
        UNWANTED: { target: "released", description: "no want, and no dependent has yet to run" },
      },
    },
    erred: {
      description: "It failed for good, or an input did; the error and its origin are kept.",
      on: {
        RETRIED: "released",
        UNWANTED: "released",
        FORGOTTEN: "forgotten",
      },
    },
    forgotten: { description: "Its slot is free for another task.", type: "final" },
  },
});
