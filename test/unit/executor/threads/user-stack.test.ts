import { expect } from "chai";
import { userStack } from "../../../../src/executor/threads/user-stack.js";

const engine = new URL("../../../../src/executor/", import.meta.url).pathname;

describe("The stack of a task's error", () => {
  it("ends with the task's own frames", () => {
    const stack = [
      "RangeError: at last",
      "    at inner (eval at compile (file:///lib/evaluate-source.js:3:202), <anonymous>:1:30)",
      "    at AsyncLocalStorage.run (node:async_hooks:346:14)",
      `    at callInTask (${engine}current-task.ts:72:19)`,
      "    at MessagePort.<anonymous> (node:internal/per_context/messageport:23:28)",
    ].join("\n");
    expect(userStack(stack)).to.equal("RangeError: at last\n    at inner (inline function:1:30)");
  });

  it("stays as it is where the engine has no part in it", () => {
    const stack = `Error: see ${engine}\n    at own (/job/tasks.js:1:2)\n    at node:internal/x:1:1`;
    expect(userStack(stack)).to.equal(stack);
  });
});
