import { expect } from "chai";
import { decodeSignal, encodeSignal } from "../../../src/transport/amqp/beacon.js";
import { Present, presenceTimes } from "../../../src/transport/amqp/present.js";

const info = Uint8Array.of(1);
const { doubtMs, goneMs, settleMs } = presenceTimes;

function watched(): {
  present: Present;
  told: string[];
  here: (id: string, number: bigint, atMs: number) => void;
} {
  const told: string[] = [];
  const watcher = {
    onJoined: (id: string) => void told.push(`+${id}`),
    onLeft: (id: string) => void told.push(`-${id}`),
  };
  const present = new Present(watcher, 100n);
  const here = (id: string, number: bigint, atMs: number): void =>
    present.onSignal({ kind: "here", number, id, info }, atMs);
  return { present, told, here };
}

describe("Presence on a bus that only carries messages", () => {
  it("takes nobody for gone while its own echoes do not come back, however long the silence", () => {
    const { present, told, here } = watched();
    here("a", 1n, 0);
    for (let atMs = 0; atMs < 100 * goneMs; atMs += 250) present.onTick(atMs);
    expect(told).to.deep.equal(["+a"]);
  });

  it("takes who is silent for gone once an echo sent well into the silence is back and has settled", () => {
    const { present, told, here } = watched();
    here("a", 1n, 0);
    expect(present.onTick(doubtMs - 1)).to.equal(undefined);
    const early = present.onTick(doubtMs);
    expect(early).to.be.a("bigint");
    present.onSignal({ kind: "echo", number: early ?? 0n }, doubtMs + 10);
    present.onTick(goneMs - 1);
    expect(told).to.deep.equal(["+a"]);
    expect(present.onTick(goneMs)).to.equal(undefined);
    expect(told).to.deep.equal(["+a", "-a"]);
  });

  it("comes to its verdict though the next echo comes back before the one before has settled", () => {
    for (const wayMs of [1, 3, settleMs - 1, settleMs, 2 * settleMs]) {
      const { present, told, here } = watched();
      here("a", 1n, 0);
      const under: { readonly number: bigint; readonly atMs: number }[] = [];
      for (let atMs = 0; atMs <= goneMs + 4 * settleMs; atMs++) {
        if (under[0]?.atMs === atMs)
          present.onSignal({ kind: "echo", number: under.shift()?.number ?? 0n }, atMs);
        if (atMs % settleMs !== 0) continue;
        const number = present.onTick(atMs);
        if (number !== undefined) under.push({ number, atMs: atMs + wayMs });
      }
      expect(told, `echoes take ${wayMs} ms`).to.deep.equal(["+a", "-a"]);
    }
  });

  it("hears what comes just behind its echo, as after an alarm, before it judges", () => {
    const { present, told, here } = watched();
    here("a", 1n, 0);
    const echo = present.onTick(doubtMs) ?? 0n;
    const endMs = 20 * goneMs;
    present.onSignal({ kind: "echo", number: echo }, endMs);
    present.onTick(endMs + settleMs - 1);
    here("a", 1n, endMs + settleMs - 1);
    present.onTick(endMs + settleMs);
    expect(told).to.deep.equal(["+a"]);
  });

  it("counts silence anew after its connection was away, and no echo of before", () => {
    const { present, told, here } = watched();
    here("a", 1n, 0);
    const echo = present.onTick(doubtMs) ?? 0n;
    present.onBack(10 * goneMs);
    present.onSignal({ kind: "echo", number: echo }, 10 * goneMs + 1);
    present.onTick(10 * goneMs + goneMs + settleMs);
    expect(told).to.deep.equal(["+a"]);
  });

  it("does not take somebody else's echo for its own", () => {
    const { present, told, here } = watched();
    here("a", 1n, 0);
    present.onTick(doubtMs);
    present.onSignal({ kind: "echo", number: 7n }, goneMs);
    present.onTick(goneMs + settleMs);
    expect(told).to.deep.equal(["+a"]);
  });

  it("lets a late goodbye of an earlier announcement change nothing, and tells of a new one", () => {
    const { present, told, here } = watched();
    here("a", 1n, 0);
    here("a", 1n, 500);
    here("a", 2n, 1_000);
    present.onSignal({ kind: "bye", number: 1n, id: "a", info }, 1_100);
    expect(told).to.deep.equal(["+a", "+a"]);
    present.onSignal({ kind: "bye", number: 2n, id: "a", info }, 1_200);
    expect(told).to.deep.equal(["+a", "+a", "-a"]);
  });
});

describe("Beacons", () => {
  it("come back as they were written, whatever the id", () => {
    for (const id of ["", "worker:w1:8f3a", "ünïcode ✓"]) {
      const signal = { kind: "here", number: 2n ** 63n, id, info: Uint8Array.of(1, 2) } as const;
      expect(decodeSignal(encodeSignal(signal))).to.deep.equal(signal);
    }
    const echo = { kind: "echo", number: 5n } as const;
    expect(decodeSignal(encodeSignal(echo))).to.deep.equal(echo);
  });

  it("are not found in what others send", () => {
    const whole = encodeSignal({ kind: "here", number: 1n, id: "abc", info });
    for (const bytes of [
      new Uint8Array(0),
      new Uint8Array(20),
      whole.subarray(0, 12),
      Uint8Array.of(9, ...whole),
    ])
      expect(decodeSignal(bytes)).to.equal(undefined);
  });
});
