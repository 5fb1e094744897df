/** A client's session with its cluster. The source of truth for its core and for docs/machines.md. */

import { setup } from "xstate";

export type SessionEvent =
  { readonly type: "SCHEDULER_UP" } | { readonly type: "SCHEDULER_LOST" } | { readonly type: "CLOSE" };

export const sessionMachine = setup({ types: { events: {} as SessionEvent } }).createMachine({
  id: "clientSession",
  initial: "connecting",
  states: {
    connecting: {
      description: "No scheduler was met yet; submissions are kept.",
      on: { SCHEDULER_UP: "connected", CLOSE: "closed" },
    },
    connected: {
      description: "Talks to a scheduler, which knows all that this client wants.",
      on: {
        SCHEDULER_UP: {
          target: "connected",
          description: "another scheduler, or the same after a break: all is said again",
        },
        SCHEDULER_LOST: "waiting",
        CLOSE: "closed",
      },
    },
    waiting: {
      description: "The scheduler is gone. Futures stay pending until another one is met.",
      on: { SCHEDULER_UP: "connected", CLOSE: "closed" },
    },
    closed: { type: "final", description: "Its wants are released." },
  },
});
