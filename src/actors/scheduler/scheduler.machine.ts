/** A scheduler's life, seen from outside its tasks. The source of truth for its core and for docs/machines.md. */

import { setup } from "xstate";

export type SchedulerEvent =
  { readonly type: "TAKE_OVER" } | { readonly type: "GRACE_OVER" } | { readonly type: "STALE" };

export const schedulerMachine = setup({ types: { events: {} as SchedulerEvent } }).createMachine({
  id: "scheduler",
  initial: "leading",
  states: {
    leading: {
      description: "Places tasks on workers.",
      on: {
        TAKE_OVER: {
          target: "recovering",
          description: "at its start, when another scheduler led before it",
        },
        STALE: { target: "deposed", description: "somebody knows of a newer term" },
      },
    },
    recovering: {
      description:
        "Learns from workers what they hold and from clients what they want; calls nothing lost yet.",
      on: {
        GRACE_OVER: { target: "leading", description: "what nobody holds by now is made again" },
        STALE: "deposed",
      },
    },
    deposed: {
      type: "final",
      description: "Says and does nothing any more. A new incarnation may try again.",
    },
  },
});
