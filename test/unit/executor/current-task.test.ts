import { expect } from "chai";
import { defaultConfig } from "../../../src/config.js";
import { NotInTaskError, TaskErredError } from "../../../src/errors.js";
import { currentTask } from "../../../src/executor/current-task.js";
import { syncRunner } from "../../../src/executor/sync/sync-runner.js";
import { Graph } from "../../../src/graph/graph.js";
import { fusedOf } from "../../../src/graph/passes/fused.js";
import { ref } from "../../../src/graph/ref.js";
import { task } from "../../../src/graph/task.js";

describe("currentTask()", () => {
  it("throws outside of a task, and says what to do", () => {
    expect(() => currentTask()).to.throw(NotInTaskError, "outside of a task");
  });

  it("follows each of several overlapping tasks through awaits, timers and nested calls", async () => {
    const nested = async (): Promise<string> => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      return currentTask().key;
    };
    const watch = async (): Promise<string[]> => {
      const keys = [currentTask().key];
      await Promise.resolve();
      keys.push(currentTask().key, await nested());
      return keys;
    };
    const keys = ["a", "b", "c"];
    const graph = Graph.of(keys.map((key) => [key, task(watch)] as const));
    expect(await syncRunner.run(graph, keys, defaultConfig)).to.deep.equal(
      keys.map((key) => [key, key, key]),
    );
    expect(() => currentTask()).to.throw(NotInTaskError);
  });

  it("tells a computation started inside a task apart from the task around it", async () => {
    const key = (): string => currentTask().key;
    const inner = Graph.of({ inner: task(key) });
    const outer = async (): Promise<unknown[]> => [
      currentTask().key,
      ...(await syncRunner.run(inner, ["inner"], defaultConfig)),
      currentTask().key,
    ];
    const graph = Graph.of({ outer: task(outer) });
    expect(await syncRunner.run(graph, ["outer"], defaultConfig)).to.deep.equal([
      ["outer", "inner", "outer"],
    ]);
  });

  describe("in a fused task", () => {
    const parts = (first: () => unknown, second: (x: unknown) => unknown) =>
      Graph.of({
        b: fusedOf([
          { key: "a", task: task(first) },
          { key: "b", task: task(second, ref("a")) },
        ]),
      });

    it("gives each part's own key", async () => {
      const graph = parts(
        async () => currentTask().key,
        (a) => [a, currentTask().key],
      );
      expect(await syncRunner.run(graph, ["b"], defaultConfig)).to.deep.equal([["a", "b"]]);
    });

    it("names the part that failed, and the original error", async () => {
      const cause = new Error("inside");
      for (const first of [
        () => {
          throw cause;
        },
        () => Promise.reject(cause),
      ]) {
        const error = await syncRunner
          .run(
            parts(first, (x) => x),
            ["b"],
            defaultConfig,
          )
          .catch((e: unknown) => e);
        expect(error).to.be.instanceOf(TaskErredError).and.to.include({ key: "a", cause, attempts: 1 });
      }
    });

    it("starts no further part once the computation is aborted", async () => {
      const abort = new AbortController();
      const ran: string[] = [];
      const graph = parts(
        async () => {
          await Promise.resolve();
          abort.abort();
        },
        () => ran.push("b"),
      );
      const options = { ...defaultConfig, signal: abort.signal };
      const error = await syncRunner.run(graph, ["b"], options).catch((e: unknown) => e);
      expect(error).to.have.property("code", "ERR_CANCELLED");
      await new Promise((resolve) => setImmediate(resolve));
      expect(ran).to.deep.equal([]);
    });
  });
});
