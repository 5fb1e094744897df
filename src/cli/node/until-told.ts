/** Serves until it is told to end: a first SIGTERM or SIGINT drains, a second one stops. */

export interface Told {
  readonly drain: (reason: string) => void;
  readonly stop: (reason: string) => void;
}

/** Gives what takes the handlers away again. */
export function untilTold({ drain, stop }: Told): () => void {
  let signals = 0;
  const hear = (signal: NodeJS.Signals): void => {
    signals += 1;
    if (signals === 1) drain(signal);
    else stop(signal);
  };
  process.on("SIGTERM", hear);
  process.on("SIGINT", hear);
  return () => {
    process.off("SIGTERM", hear);
    process.off("SIGINT", hear);
  };
}
