/** A task module that is not well made: two of its tasks have one name. */

import { defineTask } from "../../src/index.js";

export const one = defineTask(import.meta.url, "twin", () => 1);
export const two = defineTask(import.meta.url, "twin", () => 2);
