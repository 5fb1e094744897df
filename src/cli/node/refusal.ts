/** Why a process could not start, as it told its supervisor. */

import { SkeinError } from "../../errors.js";
import type { WireError } from "../../protocol/messages.js";

/** The process said in its own words what is wrong and what to do. */
class ProcessRefusedError extends SkeinError {
  readonly code: string;

  constructor({ code = "ERR_PROCESS", message }: WireError) {
    super(message);
    this.code = code;
  }
}

export function errorFromWire(error: unknown): Error {
  return new ProcessRefusedError(error as WireError);
}
