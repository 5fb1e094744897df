/** A part of a cluster that runs in this process. */

export interface Serving {
  /** Leaves in good order. Resolves when it has. */
  drain(reason: string): Promise<void>;
  /** Ends at once, with a goodbye. */
  stop(reason: string): Promise<void>;
}

export interface ServingEvents {
  readonly onRunning?: (peer: string) => void;
  /** It has to end, and can be started again. */
  readonly onEnding?: (how: string) => void;
  /** It cannot go on here. */
  readonly onEnded: (error: unknown) => void;
}
