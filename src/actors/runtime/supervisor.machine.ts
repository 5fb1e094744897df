/**
 * The statechart of a supervisor: one child, restarted when it fails, after a wait that doubles; too many failures
 * within the window and it gives up, for the level above to decide. Times come in with the events.
 */

import { assign, setup } from "xstate";

export interface SupervisorInput {
  /** Failures within the window that are answered with a restart; one more escalates. */
  readonly intensity: number;
  readonly windowMs: number;
  readonly backoffMs: number;
  readonly backoffMaxMs: number;
}

export interface SupervisorContext extends SupervisorInput {
  /** When it failed, within the window. */
  readonly failures: readonly number[];
  /** When the next start is due; meaningful while backing off. */
  readonly restartAt: number;
}

export type SupervisorEvent =
  | { readonly type: "STARTED" }
  | { readonly type: "FAILED"; readonly at: number }
  | { readonly type: "RESTART" }
  | { readonly type: "REPLACE" }
  | { readonly type: "STOP" };

export const supervisorMachine = setup({
  types: {
    context: {} as SupervisorContext,
    events: {} as SupervisorEvent,
    input: {} as SupervisorInput,
  },
  guards: {
    tooOften: ({ context, event }) =>
      event.type === "FAILED" && recent(context, event.at).length >= context.intensity,
  },
  actions: {
    planRestart: assign(({ context, event }) => {
      if (event.type !== "FAILED") return {};
      const failures = [...recent(context, event.at), event.at];
      const waitMs = Math.min(context.backoffMs * 2 ** (failures.length - 1), context.backoffMaxMs);
      return { failures, restartAt: event.at + waitMs };
    }),
  },
}).createMachine({
  id: "supervisor",
  initial: "starting",
  context: ({ input }) => ({ ...input, failures: [], restartAt: 0 }),
  states: {
    starting: {
      description: "A new incarnation with a new core is being made.",
      on: {
        STARTED: "running",
        FAILED: [
          { guard: "tooOften", target: "escalated" },
          { target: "backingOff", actions: "planRestart" },
        ],
        STOP: "stopped",
      },
    },
    running: {
      description: "The child runs.",
      on: {
        FAILED: [
          { guard: "tooOften", target: "escalated", description: "more failures than it may have" },
          { target: "backingOff", actions: "planRestart", description: "it threw" },
        ],
        REPLACE: { target: "starting", description: "told to begin anew: no failure" },
        STOP: "stopped",
      },
    },
    backingOff: {
      description: "Waits before the next start, twice as long each time.",
      on: { RESTART: "starting", STOP: "stopped" },
    },
    escalated: {
      description: "Given up: the process is to end, and be restarted from outside.",
      type: "final",
    },
    stopped: { description: "Ended by its owner.", type: "final" },
  },
});

function recent({ failures, windowMs }: SupervisorContext, at: number): readonly number[] {
  return failures.filter((each) => at - each < windowMs);
}
