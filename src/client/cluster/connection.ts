/** A client as its own modules know it: what they work on, and the ways to the scheduler. */

import type { ClientStimulus } from "../../actors/client/stimuli.js";
import type { Query } from "../../protocol/messages.js";
import type { ClientHands } from "./client-hands.js";
import type { Keys } from "./keys.js";
import type { Questions } from "./questions.js";

export interface Connection {
  readonly keys: Keys;
  readonly questions: Questions;
  readonly hands: ClientHands;
  /** The key of the task that submits, if one does. */
  readonly parent: () => string | undefined;
  tell(stimulus: ClientStimulus): void;
  query(what: Query["what"]): Promise<unknown>;
}
