/** Questions asked of the cluster, by number, until they are answered. */

import { KeepAlive } from "./keep-alive.js";

interface Asked {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

export class Questions {
  readonly #asked = new Map<number, Asked>();
  readonly #keepAlive = new KeepAlive();
  #next = 1;

  /** Sends a question under a number of its own. */
  ask(send: (id: number) => void): Promise<unknown> {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#keepAlive.more();
      this.#asked.set(id, { resolve, reject });
      send(id);
    });
  }

  answered(id: number, value: unknown): void {
    this.#take(id)?.resolve(value);
  }

  failed(id: number, error: Error): void {
    this.#take(id)?.reject(error);
  }

  close(error: Error): void {
    for (const id of [...this.#asked.keys()]) this.failed(id, error);
  }

  #take(id: number): Asked | undefined {
    const asked = this.#asked.get(id);
    if (asked === undefined) return undefined;
    this.#asked.delete(id);
    this.#keepAlive.less();
    return asked;
  }
}
