/** Something started once for all tests of a process, when the first asks for it, and stopped after the last. */

export interface Stoppable {
  stop(): Promise<void>;
}

/** What `stopShared` has to stop; one for each kind that was asked for. */
const started = new Map<string, Promise<Stoppable>>();

export class Shared<T extends Stoppable> {
  private readonly name: string;
  private readonly start: () => Promise<T>;
  private running: Promise<T> | undefined;

  constructor(name: string, start: () => Promise<T>) {
    this.name = name;
    this.start = start;
  }

  get(): Promise<T> {
    if (this.running === undefined) {
      this.running = this.start();
      started.set(this.name, this.running);
    }
    return this.running;
  }
}

/** Ends all of them. One that did not start has been told of by the tests that asked for it. */
export async function stopShared(): Promise<void> {
  const all = [...started.values()];
  started.clear();
  for (const outcome of await Promise.allSettled(all)) {
    if (outcome.status === "fulfilled") await outcome.value.stop();
  }
}
