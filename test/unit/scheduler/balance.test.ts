import { expect } from "chai";
import { independent, SchedulerHarness, type PuppetWorker } from "../../support/scheduler-harness.js";

const keysOf = (n: number, name = "x"): string[] => independent(n, name).map(({ key }) => key);

/** One worker with much to do whose tasks' inputs are all there, and one that came later with nothing. */
function unbalanced(
  tasks: number,
  options: { readonly tookMs?: number; readonly nbytes?: number; readonly config?: object } = {},
): { readonly h: SchedulerHarness; readonly busy: PuppetWorker; readonly idle: PuppetWorker } {
  const { tookMs = 1000, nbytes = 8, config = {} } = options;
  const h = new SchedulerHarness({ config });
  const busy = h.worker("busy");
  const c = h.client();
  c.submit(independent(tasks, "in"), { wants: keysOf(tasks, "in") });
  busy.doneAll({ nbytes, tookMs: 0.01 });
  c.submit([{ key: "x-1000000", needs: ["in-0"] }]);
  busy.done("x-1000000", { tookMs });
  c.submit(
    independent(tasks).map(({ key }, i) => ({ key, needs: [`in-${i}`] })),
    { wants: keysOf(tasks) },
  );
  expect(busy.keys).to.have.length(tasks);
  const idle = h.worker("idle");
  return { h, busy, idle };
}

describe("the scheduler steals", () => {
  it("asks a busy worker for tasks that an idle one would end sooner, and moves those it gives", () => {
    const { h, busy, idle } = unbalanced(10);
    busy.start("x-0");
    h.advance(150);
    expect(busy.stealsAsked.length).to.be.within(3, 5);
    expect(idle.keys).to.deep.equal([]);
    const asked = busy.stealsAsked.map((run) => h.keyOfRun(run));
    expect(asked).to.include("x-9").and.to.not.include("x-0");
    busy.handBack(busy.stealsAsked);
    expect(idle.keys).to.have.members(asked);
    expect(idle.remote.size).to.equal(asked.length);
    busy.doneAll();
    idle.doneAll();
    expect(h.core.stats().states).to.include({ processing: 0, queued: 0 });
  });

  it("leaves a task where it is when the worker has begun it by then", () => {
    const { h, busy, idle } = unbalanced(10);
    h.advance(150);
    const [first, ...others] = busy.stealsAsked;
    busy.handBack(others, [first!]);
    expect(idle.keys).to.have.length(others.length);
    expect(busy.keys).to.include(h.keyOfRun(first!));
    busy.doneAll();
    idle.doneAll();
  });

  it("takes an answer about a run that is no longer the task's for nothing", () => {
    const { h, busy, idle } = unbalanced(10);
    h.advance(150);
    const [run] = busy.stealsAsked;
    const key = h.keyOfRun(run!);
    busy.done(key);
    busy.say({ kind: "handedBack", runs: Float64Array.of(run!), kept: new Float64Array() });
    expect(idle.keys).to.not.include(key);
    expect(h.core.explain(key)).to.include("in memory");
  });

  it("places a stolen task anew when its thief is gone", () => {
    const { h, busy, idle } = unbalanced(10);
    h.advance(150);
    idle.die("bye");
    busy.handBack(busy.stealsAsked);
    expect(busy.keys).to.have.length(10);
  });

  it("moves nothing when bringing the inputs takes longer than waiting", () => {
    const { h, busy } = unbalanced(6, {
      nbytes: 900_000_000,
      tookMs: 500,
      config: { largeResultBytes: 1e12 },
    });
    h.advance(5_000);
    expect(busy.stealsAsked).to.deep.equal([]);
  });

  it("moves nothing when there is little to do", () => {
    const { h, busy } = unbalanced(10, { tookMs: 10 });
    h.advance(5_000);
    expect(busy.stealsAsked).to.deep.equal([]);
  });

  it("moves a task three times at most", () => {
    const { h, busy, idle } = unbalanced(3, { tookMs: 100_000 });
    const [workers, moves]: [PuppetWorker[], string[]] = [[busy, idle], []];
    for (let i = 0; i < 8; i++) {
      h.advance(3_000);
      for (const worker of workers) {
        const asked = worker.stealsAsked.splice(0);
        moves.push(...asked.map((run) => h.keyOfRun(run)));
        worker.handBack(asked);
        // Its thief leaves what it has to others, so that there is always someone idle.
        if (asked.length > 0) {
          const other = workers.find((each) => each !== worker)!;
          for (const key of other.keys) other.start(key);
        }
      }
      workers.push(h.worker(`more-${i}`));
    }
    for (const key of keysOf(3)) expect(moves.filter((each) => each === key).length, key).to.be.at.most(3);
  });

  it("moves no task to a worker that may not run it", () => {
    const h = new SchedulerHarness();
    const busy = h.worker("busy", { resources: { gpu: 9 } });
    const c = h.client();
    const options = { resources: { gpu: 1 } };
    c.submit([{ key: "x-1000000", options }]);
    busy.done("x-1000000", { tookMs: 1000 });
    c.submit(independent(8, "in"), { wants: keysOf(8, "in") });
    busy.doneAll();
    const graph = independent(8).map(({ key }, i) => ({ key, needs: [`in-${i}`], options }));
    c.submit(graph, { wants: keysOf(8) });
    expect(busy.keys).to.have.length(8);
    h.worker("idle");
    h.advance(5_000);
    expect(busy.stealsAsked).to.deep.equal([]);
  });

  it("frees the tasks behind one that runs much longer than its like", () => {
    const h = new SchedulerHarness();
    const [w1, w2] = [h.worker("w1"), h.worker("w2")];
    const c = h.client();
    for (const worker of [w1, w2]) {
      c.submit([{ key: "x-1000000", options: { workers: [worker.name] } }]);
      worker.done("x-1000000", { tookMs: 0.5 });
      c.release("x-1000000");
    }
    c.submit(independent(16), { wants: keysOf(16) });
    expect([w1.keys.length, w2.keys.length]).to.deep.equal([8, 8]);
    w1.start(w1.keys[0]!);
    w2.doneAll({ tookMs: 0.5 });
    h.advance(3_000);
    expect(w1.stealsAsked).to.have.length(7);
  });

  it("looks again after a hundred milliseconds when it moved something, and less and less often otherwise", () => {
    const { h, busy } = unbalanced(10);
    h.advance(150);
    const asked = busy.stealsAsked.length;
    expect(asked).to.be.above(0);
    busy.handBack(busy.stealsAsked.splice(0));
    let looks = 0;
    const before = h.core.handle.bind(h.core);
    h.core.handle = (stimulus, at) => {
      if (stimulus.type === "tick") looks++;
      before(stimulus, at);
    };
    h.advance(10_000);
    // Housekeeping each second, copies each two: the rest is balance.
    expect(looks).to.be.within(20, 40);
  });

  it("does not steal when it is told not to", () => {
    const { h, busy } = unbalanced(10, { config: { stealing: false } });
    h.advance(5_000);
    expect(busy.stealsAsked).to.deep.equal([]);
  });
});

describe("the scheduler runs stragglers twice", () => {
  const config = { speculate: true, stealing: false };

  function straggling(pure = true): { h: SchedulerHarness; slow: PuppetWorker; idle: PuppetWorker } {
    const h = new SchedulerHarness({ config });
    const [w1, w2] = [h.worker("w1"), h.worker("w2")];
    const c = h.client();
    c.submit(
      independent(4).map((each) => ({ ...each, pure })),
      { wants: keysOf(4) },
    );
    w1.done(w1.keys[0]!, { tookMs: 50, inline: [1] });
    w2.doneAll({ tookMs: 50, inline: [1] });
    const [last] = w1.keys;
    w1.start(last!);
    h.advance(2_000);
    return { h, slow: w1, idle: w2 };
  }

  it("starts a second run of a pure task that takes far longer than its like, and takes the first result", () => {
    const { h, slow, idle } = straggling();
    expect(idle.keys).to.deep.equal(slow.keys);
    const [key] = idle.keys;
    idle.done(key!);
    expect(slow.cancelled).to.deep.equal([key]);
    expect(h.clients[0]!.told.get(key!)).to.have.length(1);
    expect(h.clients[0]!.last(key!).holders).to.deep.equal([idle.peer]);
  });

  it("stops the second run when the first ends", () => {
    const { slow, idle, h } = straggling();
    const [key] = slow.keys;
    slow.done(key!);
    expect(idle.cancelled).to.deep.equal([key]);
    expect(h.clients[0]!.last(key!).holders).to.deep.equal([slow.peer]);
  });

  it("goes on with the second run alone when the first one's worker dies", () => {
    const { slow, idle, h } = straggling();
    const [key] = slow.keys;
    slow.die();
    expect(idle.cancelled).to.deep.equal([]);
    expect(idle.keys).to.deep.equal([key]);
    idle.done(key!);
    expect(h.clients[0]!.state(key!)).to.equal("finished");
  });

  it("goes on with the first run when the second one's worker dies, or it fails there", () => {
    for (const end of ["die", "fail"] as const) {
      const { slow, idle, h } = straggling();
      const [key] = slow.keys;
      if (end === "die") idle.die();
      else idle.fail(key!);
      slow.done(key!);
      expect(h.clients[0]!.state(key!)).to.equal("finished");
    }
  });

  it("never runs an impure task twice", () => {
    const { idle } = straggling(false);
    expect(idle.keys).to.deep.equal([]);
  });
});
