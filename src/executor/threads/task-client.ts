/**
 * The port through which tasks in a thread come by a client of their cluster. A thread that runs tasks loads little;
 * whoever can ask for a client has imported the library's public face, and with it comes what makes one.
 */

import type { ClientNews, ClientStimulus } from "../../actors/client/stimuli.js";
import { InvalidArgumentError } from "../../errors.js";

/** The client that the tasks of a thread share. */
export interface ThreadClient {
  /** What tasks are given. */
  readonly client: unknown;
  hear(news: ClientNews): void;
  /** How many keys futures of tasks hold. */
  readonly held: number;
}

export type MakeThreadClient = (name: string, tell: (stimulus: ClientStimulus) => void) => ThreadClient;

// As the runner of lazy values is installed: this layer knows no clients.
let make: MakeThreadClient | undefined;

export function installThreadClient(maker: MakeThreadClient): void {
  make = maker;
}

/** @throws InvalidArgumentError when the public face has not been imported in this thread. */
export function makeThreadClient(name: string, tell: (stimulus: ClientStimulus) => void): ThreadClient {
  if (make === undefined) {
    throw new InvalidArgumentError(
      "currentTask().client()",
      "the library is not loaded in this thread",
      "Import currentTask from the package's entry point.",
    );
  }
  return make(name, tell);
}
