/** What a module must not do while a thread loads it for its tasks: each thread would do it again, without end. */

import { InvalidArgumentError } from "../../errors.js";
import { currentTaskOrNone } from "../../executor/current-task.js";
import { threadData } from "../../executor/threads/this-thread.js";

/**
 * @param call what was called, for the error.
 * @param does what the module does by it, such as "computes".
 * @throws InvalidArgumentError in a thread that runs tasks, outside of any task.
 */
export function refuseWhileLoading(call: string, does: string): void {
  if (threadData() === undefined || currentTaskOrNone() !== undefined) return;
  throw new InvalidArgumentError(
    call,
    `a module ${does} in a thread that has loaded it for its tasks`,
    "Put the tasks into a module of their own, which computes nothing by itself.",
  );
}
