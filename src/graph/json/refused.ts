/** Why a value has no JSON form, and what to do instead. */

import { describe } from "../../errors.js";
import { Task } from "../task.js";

export function refused(value: unknown): readonly [what: string, remedy: string] {
  if (typeof value === "symbol") {
    return [`it is ${String(value)}, which exists in this process only`, "Use Symbol.for(…) or a string."];
  }
  if (typeof value === "function") {
    return [
      `it is ${describe(value)}, bound or built in, which has no source`,
      "Use a function of your own around it, or one of a task module.",
    ];
  }
  if (value instanceof Task) {
    return ["it is a task inside of data", "Give it a key of its own, and use ref(key) here."];
  }
  return [
    `it is ${describe(value)}, which has no JSON form`,
    "Give plain data, and make the rest of it inside the task.",
  ];
}
