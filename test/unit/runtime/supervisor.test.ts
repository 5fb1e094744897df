import { expect } from "chai";
import { restartIntensity, Supervisor } from "../../../src/actors/runtime/supervisor.js";
import { defaultTiming } from "../../../src/protocol/timing.js";
import { ManualClock } from "../../support/manual-clock.js";

const { restartBackoffMs, restartWindowMs } = defaultTiming;

interface Child {
  readonly number: number;
  readonly fail: (error: unknown) => void;
  stop(reason: string): Promise<void>;
}

function nursery(makes: (restart: number) => Promise<void> = () => Promise.resolve()) {
  const clock = new ManualClock();
  const children: Child[] = [];
  const stopped: number[] = [];
  const waits: number[] = [];
  const escalations: unknown[] = [];
  const supervisor = new Supervisor<Child>({
    clock,
    timing: defaultTiming,
    make: async (restart, fail) => {
      await makes(restart);
      const stop = async (): Promise<void> => void stopped.push(restart);
      const child = { number: restart, fail, stop };
      children.push(child);
      return child;
    },
    onFailed: (_error, restartInMs) => waits.push(restartInMs),
    onEscalated: (error) => escalations.push(error),
  });
  const pass = async (ms: number): Promise<void> => {
    clock.advance(ms);
    await new Promise(setImmediate);
  };
  return { supervisor, children, stopped, waits, escalations, pass };
}

describe("A supervisor", () => {
  it("makes its child anew when it fails, after a wait that doubles", async () => {
    const { supervisor, children, waits, pass } = nursery();
    await supervisor.start();
    for (let i = 0; i < 3; i += 1) {
      expect(supervisor.child).to.equal(children[i]);
      children[i]?.fail(new Error("broken"));
      expect(supervisor.child).to.equal(undefined);
      expect(supervisor.state).to.equal("backingOff");
      await pass((waits[i] ?? 0) - 1);
      expect(supervisor.state).to.equal("backingOff");
      await pass(1);
      expect(supervisor.state).to.equal("running");
    }
    expect(waits).to.deep.equal([restartBackoffMs, restartBackoffMs * 2, restartBackoffMs * 4]);
    expect(children.map((child) => child.number)).to.deep.equal([0, 1, 2, 3]);
  });

  it("gives up when it fails once more than it may within the window", async () => {
    const { supervisor, children, escalations, pass } = nursery();
    await supervisor.start();
    for (let i = 0; i < restartIntensity; i += 1) {
      children[i]?.fail(new Error("broken"));
      await pass(4_000);
      expect(supervisor.state).to.equal("running");
    }
    const last = new Error("once too often");
    children[restartIntensity]?.fail(last);
    expect(supervisor.state).to.equal("escalated");
    expect(escalations).to.deep.equal([last]);
    await pass(1_000_000);
    expect(children).to.have.length(restartIntensity + 1);
  });

  it("forgets failures older than the window, so that a child may fail now and then for ever", async () => {
    const { supervisor, children, waits, pass } = nursery();
    await supervisor.start();
    for (let i = 0; i < 50; i += 1) {
      children[i]?.fail(new Error("broken"));
      await pass(restartWindowMs);
    }
    expect(supervisor.state).to.equal("running");
    expect(new Set(waits)).to.deep.equal(new Set([restartBackoffMs]));
  });

  it("counts a start that fails as a failure", async () => {
    const { supervisor, waits, pass } = nursery(async (restart) => {
      if (restart < 2) throw new Error("cannot start");
    });
    await supervisor.start();
    expect(supervisor.state).to.equal("backingOff");
    await pass(restartBackoffMs);
    await pass(restartBackoffMs * 2);
    expect(supervisor.state).to.equal("running");
    expect(waits).to.have.length(2);
  });

  it("hears only its newest child: one that fails again after it was replaced changes nothing", async () => {
    const { supervisor, children, pass } = nursery();
    await supervisor.start();
    children[0]?.fail(new Error("first"));
    children[0]?.fail(new Error("and again"));
    await pass(restartBackoffMs);
    children[0]?.fail(new Error("and again"));
    expect(supervisor.child).to.equal(children[1]);
  });

  it("stops its child, and starts none any more, when it is stopped; twice does no harm", async () => {
    const { supervisor, children, stopped, pass } = nursery();
    await supervisor.start();
    await supervisor.stop("enough");
    await supervisor.stop("enough");
    expect(stopped).to.deep.equal([0]);
    children[0]?.fail(new Error("late"));
    await pass(1_000_000);
    expect(children).to.have.length(1);
    expect(supervisor.state).to.equal("stopped");
  });

  it("stops a child that comes up after the supervisor was stopped, or after it had failed already", async () => {
    let finish = (): void => undefined;
    const slow = new Promise<void>((resolve) => (finish = resolve));
    const { supervisor, stopped } = nursery(() => slow);
    const starting = supervisor.start();
    await supervisor.stop("too slow");
    finish();
    await starting;
    expect(stopped).to.deep.equal([0]);
    expect(supervisor.child).to.equal(undefined);
  });

  it("does not start while it backs off and is stopped", async () => {
    const { supervisor, children, pass } = nursery();
    await supervisor.start();
    children[0]?.fail(new Error("broken"));
    await supervisor.stop("enough");
    await pass(1_000_000);
    expect(children).to.have.length(1);
  });
});
