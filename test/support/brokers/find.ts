/**
 * Where the server comes from that all tests of a process share: the one that is named, else a container where a
 * container engine answers, else the machine's own program. Where there is none of them, tests fail and say what to
 * install: they are never skipped. Set-up installs the programs, which tests that kill their server need in any case.
 */

export interface Found {
  readonly url: string;
  stop(): Promise<void>;
}

export interface Ways {
  /** What is missing, and what to do: the message of the error where nothing is found. */
  readonly missing: string;
  /** The server that the environment names. */
  readonly named: string | undefined;
  /** Whether a container engine answers. */
  hasEngine(): Promise<boolean>;
  fromContainer(): Promise<Found>;
  hasBinary(): boolean;
  fromBinary(): Promise<Found>;
}

/** @throws Error with `missing` as its message; its cause is why the container did not start. */
export async function findBroker(ways: Ways): Promise<Found> {
  const { named, missing } = ways;
  if (named !== undefined && named !== "") return { url: named, stop: async () => undefined };
  let cause: unknown;
  if (await ways.hasEngine()) {
    try {
      return await ways.fromContainer();
    } catch (error) {
      // An engine that cannot fetch the image is of no use; the machine's own program may be.
      cause = error;
    }
  }
  if (ways.hasBinary()) return ways.fromBinary();
  throw new Error(missing, { cause });
}

/** Whether a container engine answers, as testcontainers would find it. */
export async function engineAnswers(): Promise<boolean> {
  const { getContainerRuntimeClient } = await import("testcontainers");
  return getContainerRuntimeClient().then(
    () => true,
    () => false,
  );
}
