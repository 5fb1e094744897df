/**
 * The statechart of a link. The core chooses the event (it knows windows, generations and timers), this machine says
 * what follows; a test walks core and machine side by side. The source of truth for docs/machines.md.
 */

import { setup } from "xstate";

export type LinkEvent =
  | { readonly type: "OPEN" }
  | { readonly type: "SYNCED" }
  | { readonly type: "FILLED" }
  | { readonly type: "DRAINED" }
  | { readonly type: "RESET" }
  | { readonly type: "CLOSE" };

export const linkMachine = setup({ types: { events: {} as LinkEvent } }).createMachine({
  id: "link",
  initial: "closed",
  states: {
    closed: {
      description: "Nothing was said yet, or the peer is gone for good.",
      on: {
        OPEN: { target: "syncing", description: "the owner has something to say, or a stranger spoke" },
        SYNCED: { target: "open", description: "the peer proposed a generation, and it was taken up" },
      },
    },
    syncing: {
      description: "A new generation is proposed until the peer is seen in it.",
      on: {
        SYNCED: { target: "open", description: "both ends are in the same generation" },
        RESET: { target: "syncing", description: "a still newer generation is proposed" },
        CLOSE: "closed",
      },
    },
    open: {
      description: "Messages go both ways.",
      on: {
        FILLED: { target: "full", description: "as much is under way as the window holds" },
        SYNCED: { target: "open", description: "the peer proposed a newer generation" },
        RESET: {
          target: "syncing",
          description: "reconnected, new term, window overrun, resends unanswered",
        },
        CLOSE: "closed",
      },
    },
    full: {
      description: "Messages wait for the window: back-pressure.",
      on: {
        DRAINED: { target: "open", description: "nothing waits, and half of the window is free" },
        SYNCED: { target: "open", description: "the peer proposed a newer generation" },
        RESET: { target: "syncing", description: "as when open, or more waits than may" },
        CLOSE: "closed",
      },
    },
  },
});
