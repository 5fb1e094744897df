import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { spillDirectory } from "../../../../src/executor/values/spill-directory.js";
import { ValueStore } from "../../../../src/executor/values/store.js";

describe("The store of values", () => {
  let root = "";
  let store: ValueStore;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "skein-store-"));
    store = new ValueStore(join(root, "w1"));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const bytes = (fill: number): Uint8Array => new Uint8Array(1_000).fill(fill);

  it("spills what was not used for longest, until the rest fits", async () => {
    for (const run of [1, 2, 3]) store.put(run, bytes(run));
    void store.get(1);
    store.spill(1_500);
    expect(store.memoryBytes).to.equal(1_000);
    expect(store.get(1)).to.be.instanceOf(Uint8Array);
    expect(await store.get(2)).to.deep.equal(bytes(2));
    expect(store.memoryBytes).to.equal(2_000);
  });

  it("hands over what it is told to, spilled or not, and keeps nothing itself, whatever still comes in", async () => {
    for (const run of [1, 2, 3]) store.put(run, bytes(run));
    store.spill(1_500);
    const heir = store.handOver([1, 3, 9]);
    expect([heir.size, heir.memoryBytes]).to.deep.equal([2, 1_000]);
    expect(readdirSync(join(root, "w1"))).to.deep.equal(["1.value"]);
    store.put(4, bytes(4));
    store.spill(0);
    store.close();
    expect([store.size, store.memoryBytes]).to.deep.equal([0, 0]);
    expect(await heir.get(1)).to.deep.equal(bytes(1));
    expect(await heir.get(3)).to.deep.equal(bytes(3));
    heir.close();
    expect(existsSync(join(root, "w1"))).to.equal(false);
  });

  it("writes no value twice, and removes files with their values", async () => {
    store.put(1, bytes(1));
    store.spill(0);
    await store.get(1);
    store.spill(0);
    expect(readdirSync(join(root, "w1"))).to.deep.equal(["1.value"]);
    store.drop(1);
    expect(readdirSync(join(root, "w1"))).to.deep.equal([]);
    expect([store.memoryBytes, store.size]).to.deep.equal([0, 0]);
  });

  it("gives nothing for a file that is broken, short or gone", async () => {
    const broken = (run: number): string => join(root, "w1", `${run}.value`);
    for (const run of [1, 2, 3]) store.put(run, bytes(run));
    store.spill(0);
    writeFileSync(broken(1), bytes(9));
    writeFileSync(broken(2), "short");
    rmSync(broken(3));
    for (const run of [1, 2, 3]) expect(await store.get(run)).to.equal(undefined);
    expect(store.size).to.equal(0);
  });

  it("reads a value once for all who ask for it at a time", async () => {
    store.put(1, bytes(1));
    store.spill(0);
    const [first, second] = await Promise.all([store.get(1), store.get(1)]);
    expect(second).to.equal(first);
    expect([store.memoryBytes, store.storedBytes, store.freedBytes]).to.deep.equal([1_000, 2_000, 1_000]);
  });

  it("gives parts of what is on disk without bringing back the whole, and checks them", async () => {
    const large = Uint8Array.from({ length: 1_000_000 }, (_, i) => (i * 7) % 251);
    store.put(1, large);
    expect(store.part(1, 10, 5)).to.deep.equal(large.subarray(10, 15));
    store.spill(0);
    for (const [offset, length] of [
      [0, 1_000],
      [262_143, 2],
      [500_001, 400_000],
      [999_999, 1],
    ] as const)
      expect(await store.part(1, offset, length)).to.deep.equal(large.subarray(offset, offset + length));
    expect(store.memoryBytes).to.equal(0);
    large[999_000] = 255;
    writeFileSync(join(root, "w1", "1.value"), large);
    expect(await store.part(1, 0, 1_000)).to.deep.equal(large.subarray(0, 1_000));
    expect(await store.part(1, 900_000, 10)).to.equal(undefined);
    expect(store.size).to.equal(0);
  });

  it("does not bring back a value that was dropped while it was read", async () => {
    store.put(1, bytes(1));
    store.spill(0);
    const reading = store.get(1);
    store.drop(1);
    store.put(1, bytes(2));
    await reading;
    expect(store.get(1)).to.deep.equal(bytes(2));
    expect(store.memoryBytes).to.equal(1_000);
  });

  it("puts chunks together, and starts again when the first comes again", () => {
    store.putChunk(1, 0, 6, Uint8Array.of(9, 9, 9));
    store.putChunk(1, 0, 6, Uint8Array.of(1, 2, 3));
    expect(store.get(1)).to.equal(undefined);
    store.putChunk(1, 3, 6, Uint8Array.of(4, 5, 6));
    expect(store.get(1)).to.deep.equal(Uint8Array.of(1, 2, 3, 4, 5, 6));
  });

  it("leaves chunks where they are that lie in one shared memory as the value does, and copies the others", () => {
    const memory = new Uint8Array(new SharedArrayBuffer(6)).fill(1);
    const elsewhere = new Uint8Array(new SharedArrayBuffer(7)).fill(2);
    store.putChunk(1, 0, 6, memory.subarray(0, 2));
    store.putChunk(1, 2, 6, elsewhere.subarray(2, 4));
    store.putChunk(1, 4, 6, memory.subarray(4, 6));
    const whole = store.get(1) as Uint8Array;
    expect(whole.buffer).to.equal(memory.buffer);
    expect(whole).to.deep.equal(Uint8Array.of(1, 1, 2, 2, 1, 1));
    for (const [run, other] of [elsewhere, memory].entries()) {
      store.putChunk(10 + run, 0, 6, other.subarray(1, 3));
      store.putChunk(10 + run, 2, 6, other.subarray(3, 6));
      store.putChunk(10 + run, 5, 6, other.subarray(5, 6));
      expect((store.get(10 + run) as Uint8Array).buffer).not.to.equal(other.buffer);
    }
  });

  it("leaves nothing behind when it is closed, and nothing of processes that are gone", () => {
    store.put(1, bytes(1));
    store.spill(0);
    store.close();
    expect(existsSync(join(root, "w1"))).to.equal(false);
    const dead = join(root, "skein-spill-999999999-x");
    new ValueStore(dead).close();
    writeFileSync(join(root, "kept"), "");
    spillDirectory("old", root);
    const mine = spillDirectory("new", root);
    expect(mine).to.include(`skein-spill-${process.pid}-new`);
    expect(readdirSync(root)).to.deep.equal(["kept"]);
  });
});
