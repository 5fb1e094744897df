import { expect } from "chai";
import { Outflow } from "../../../src/transport/nats/outflow.js";

const mebibyte = 1024 * 1024;

/** An outflow whose pings the test answers. */
function outflow(limitBytes: number): {
  readonly flow: Outflow;
  readonly pings: PromiseWithResolvers[];
  readonly changes: boolean[];
} {
  const pings: PromiseWithResolvers[] = [];
  const changes: boolean[] = [];
  const ping = (): Promise<void> =>
    new Promise((resolve, reject) => {
      pings.push({ resolve, reject });
    });
  return { flow: new Outflow(limitBytes, ping, (isFull) => changes.push(isFull)), pings, changes };
}

interface PromiseWithResolvers {
  resolve(): void;
  reject(error: Error): void;
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("What a NATS server has not read yet", () => {
  it("is asked after each mebibyte, and not for less", () => {
    const { flow, pings } = outflow(64 * mebibyte);
    flow.note(mebibyte - 1);
    expect(pings).to.have.length(0);
    flow.note(1);
    flow.note(10);
    expect(pings).to.have.length(1);
  });

  it("is too much above the limit, and no more once half of it is read", async () => {
    const { flow, pings, changes } = outflow(4 * mebibyte);
    for (let i = 0; i < 5; i += 1) flow.note(mebibyte);
    expect(changes).to.deep.equal([true]);
    pings[1]?.resolve();
    await turn();
    expect(changes).to.deep.equal([true]);
    pings[2]?.resolve();
    await turn();
    expect(changes).to.deep.equal([true, false]);
  });

  it("comes to an end even where the last bytes are fewer than are asked after", async () => {
    const { flow, pings, changes } = outflow(1_000);
    flow.note(1_001);
    expect(changes).to.deep.equal([true]);
    pings[0]?.resolve();
    await turn();
    expect(changes).to.deep.equal([true, false]);
  });

  it("is nothing on a new connection, and answers of the old one say nothing about it", async () => {
    const { flow, pings, changes } = outflow(2 * mebibyte);
    flow.note(3 * mebibyte);
    flow.reset();
    flow.note(3 * mebibyte);
    expect(changes).to.deep.equal([true, true]);
    pings[0]?.resolve();
    await turn();
    expect(changes).to.deep.equal([true, true]);
    pings[1]?.resolve();
    await turn();
    expect(changes).to.deep.equal([true, true, false]);
  });

  it("bears a ping that is never answered because the connection ends", async () => {
    const { flow, pings, changes } = outflow(2 * mebibyte);
    flow.note(3 * mebibyte);
    pings[0]?.reject(new Error("connection disconnected"));
    await turn();
    expect(changes).to.deep.equal([true]);
  });
});
