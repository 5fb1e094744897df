/** A worker's life, seen from outside its tasks. The source of truth for its core and for docs/machines.md. */

import { setup } from "xstate";

export type WorkerEvent =
  | { readonly type: "SCHEDULER_UP" }
  | { readonly type: "SCHEDULER_LOST" }
  | { readonly type: "SCHEDULER_SILENT" }
  | { readonly type: "SCHEDULER_HEARD" }
  | { readonly type: "MEMORY_HIGH" }
  | { readonly type: "MEMORY_OK" }
  | { readonly type: "DRAIN" }
  | { readonly type: "DRAINED" };

export const workerMachine = setup({ types: { events: {} as WorkerEvent } }).createMachine({
  id: "worker",
  initial: "joining",
  states: {
    joining: {
      description: "Knows no scheduler yet.",
      on: {
        SCHEDULER_UP: { target: "running", description: "it registers, saying all it has" },
        DRAIN: "draining",
      },
    },
    running: {
      description: "Takes runs and starts them.",
      on: {
        SCHEDULER_UP: {
          target: "running",
          description: "another scheduler, or the same after a break: it registers again",
        },
        SCHEDULER_LOST: "detached",
        SCHEDULER_SILENT: {
          target: "detached",
          description: "not known to be heard for startLeaseMs: it may have been given up",
        },
        MEMORY_HIGH: "paused",
        DRAIN: "draining",
      },
    },
    paused: {
      description: "Short of memory: starts and fetches nothing, goes on serving what it holds.",
      on: {
        SCHEDULER_UP: "paused",
        SCHEDULER_LOST: "detached",
        SCHEDULER_SILENT: "detached",
        MEMORY_OK: "running",
        DRAIN: "draining",
      },
    },
    detached: {
      description: "Without a scheduler: finishes what runs, keeps results, starts nothing.",
      on: {
        SCHEDULER_UP: "running",
        SCHEDULER_HEARD: { target: "running", description: "it was only slow" },
        DRAIN: "draining",
      },
    },
    draining: {
      description:
        "Leaving: has given back what had not begun, finishes the rest, hands out what others need.",
      on: {
        SCHEDULER_UP: "draining",
        DRAINED: "left",
      },
    },
    left: { type: "final", description: "Gone. What comes back is another incarnation." },
  },
});
