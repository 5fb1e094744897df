import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { Client, LocalCluster, wait } from "../../src/index.js";
import { until } from "../../src/testing/until.js";
import { localCluster } from "../support/local.js";

describe("Values on a local cluster", () => {
  const local = localCluster({ workers: 2 });

  it("arrive as what they were, in the task and back", async () => {
    const { client } = local;
    const shared = { name: "held twice" };
    const value = {
      list: [shared, shared],
      map: new Map<unknown, unknown>([[1, new Set(["a"])]]),
      date: new Date(5),
      big: 2n ** 70n,
      nothing: [undefined, null, Number.NaN, -0],
      bytes: new Uint8Array([1, 2, 3]),
      floats: new Float32Array(1_000).fill(1.5),
      view: new DataView(new ArrayBuffer(2_000)),
      buffer: new ArrayBuffer(2_000),
      pattern: /a+/gi,
      failure: new RangeError("kept"),
      text: "ünïcödé 💚",
    };
    const back = await client.submit(
      (given: typeof value) => ({ ...given, same: given.list[0] === given.list[1] }),
      value,
    );
    expect(back.same).to.equal(true);
    expect(back.list[0]).to.equal(back.list[1]);
    for (const name of ["map", "date", "big", "bytes", "floats", "pattern", "text"] as const)
      expect(back[name], name).to.deep.equal(value[name]);
    expect(Object.is(back.nothing[3], -0)).to.equal(true);
    expect(back.nothing.slice(0, 3)).to.deep.equal([undefined, null, Number.NaN]);
    expect(back.view.byteLength).to.equal(2_000);
    expect(back.buffer).to.be.instanceOf(ArrayBuffer);
    expect(back.failure).to.be.instanceOf(Error);
    expect(back.failure.message).to.equal("kept");
  });

  it("that are binary lie in memory all threads share, and are copied for none of them", async () => {
    const { client } = local;
    const made = client.submit(() => new Float64Array(100_000), { workers: ["w1"] });
    await made.settled();
    const mark = (values: Float64Array): boolean => {
      values[2] = 4;
      return values.buffer instanceof SharedArrayBuffer;
    };
    // Nobody is to write to what it was given: it is how the test sees that all look at the same bytes.
    expect(await client.submit(mark, made, { workers: ["w2"] })).to.equal(true);
    const here = await made;
    expect(here.buffer).to.be.instanceOf(SharedArrayBuffer);
    expect(here[2]).to.equal(4);
  });

  it("are not changed under a task that made them by one that uses them where they are plain data", async () => {
    const { client } = local;
    const made = client.submit(() => ({ list: Array.from({ length: 5_000 }, (_, i) => i) }), {
      workers: ["w1"],
    });
    const first = await client.submit((value: { list: number[] }) => value.list.length, made, {
      workers: ["w2"],
    });
    expect(first).to.equal(5_000);
    expect((await made).list[4_999]).to.equal(4_999);
  });
});

describe("Values that do not fit into memory", () => {
  let folder: string;
  let cluster: LocalCluster;
  let client: Client;

  const files = async (): Promise<string[]> =>
    (await readdir(folder, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "skein-values-"));
    cluster = await LocalCluster.start({ workers: 1, memoryLimit: "16MB", spillDirectory: folder });
    client = await Client.connect(cluster);
  });
  afterEach(async () => {
    await cluster.close();
    await rm(folder, { recursive: true, force: true });
  });

  const make = (i: number): Uint8Array => new Uint8Array(2_000_000).fill(i);

  it("are on disk, come back when they are used, and leave nothing behind", async () => {
    const parts = client.map(
      make,
      Array.from({ length: 12 }, (_, i) => i),
    );
    await wait(parts);
    await until("some are on disk", async () => (await files()).length > 0);
    const last = (value: Uint8Array): number => value[1_999_999]!;
    expect(await client.gather(client.map(last, parts))).to.deep.equal(
      Array.from({ length: 12 }, (_, i) => i),
    );
    for (const part of parts) part.release();
    await until("nothing is on disk", async () => (await files()).length === 0);
    expect(await client.submit(make, 1).then((value) => value.length)).to.equal(2_000_000);
    await cluster.close();
    expect(await readdir(folder)).to.deep.equal([]);
  });

  it("are computed again when their file is broken or gone", async () => {
    const parts = client.map(
      make,
      Array.from({ length: 12 }, (_, i) => i),
    );
    await wait(parts);
    await until("some are on disk", async () => (await files()).length > 2);
    const [broken, gone] = await files();
    const bytes = await readFile(broken!);
    bytes[1_000_000] = 0xff ^ bytes[1_000_000]!;
    await writeFile(broken!, bytes);
    await rm(gone!);
    const values = await client.gather(parts);
    expect(values.map((value) => [value[0], value[1_000_000]])).to.deep.equal(
      Array.from({ length: 12 }, (_, i) => [i, i]),
    );
  });

  it("are computed again when a task needs them and their file is broken", async () => {
    const parts = client.map(
      make,
      Array.from({ length: 12 }, (_, i) => i),
    );
    await wait(parts);
    await until("some are on disk", async () => (await files()).length > 2);
    for (const file of await files()) await writeFile(file, "nonsense");
    const middle = (value: Uint8Array): number => value[1_000_000]!;
    expect(await client.gather(client.map(middle, parts))).to.deep.equal(
      Array.from({ length: 12 }, (_, i) => i),
    );
  });
});
