/** Writing bags as files. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { expect } from "chai";
import { Bag } from "../../../../../src/collections/bag/bag.js";
import { InvalidArgumentError } from "../../../../../src/errors.js";
import { bagOfRuns } from "../../../../support/bags.js";
import { computePlain, failurePlain } from "../../../../support/compute-plain.js";
import { temporaryDirectory, type TemporaryDirectory } from "../../../../support/temporary-directory.js";

describe("Writing a bag", () => {
  let directory: TemporaryDirectory;
  beforeEach(() => {
    directory = temporaryDirectory();
  });
  afterEach(() => directory.remove());

  it("as text makes one file of lines a partition, and gives their paths", async () => {
    const out = join(directory.path, "new", "out");
    const files = await computePlain(bagOfRuns([["a", "é"], [], ["", "d"]]).toText(out));
    expect(files).to.deep.equal(
      ["part-000.txt", "part-001.txt", "part-002.txt"].map((name) => join(out, name)),
    );
    expect(files.map((file) => readFileSync(file, "utf8"))).to.deep.equal(["a\né\n", "", "\nd\n"]);
    expect(await computePlain(Bag.fromText(`${out}/*.txt`))).to.deep.equal(["a", "é", "", "d"]);
  });

  it("as NDJSON can be read back as it was", async () => {
    const items = [{ a: [1, null] }, "two\nlines", 3, null, true];
    const files = await computePlain(Bag.of(items, { partitions: 2 }).toNdjson(directory.path));
    expect(files.map((file) => basename(file))).to.deep.equal(["part-000.ndjson", "part-001.ndjson"]);
    expect(await computePlain(Bag.fromNdjson(files))).to.deep.equal(items);
  });

  it("writes large partitions whole", async () => {
    const lines = Array.from({ length: 100_000 }, (_, i) => `line ${i} ${"é".repeat(i % 7)}`);
    const [file] = await computePlain(Bag.of(lines, { partitions: 1 }).toText(directory.path));
    expect(readFileSync(file as string, "utf8") === `${lines.join("\n")}\n`).to.equal(true);
  });

  it("keeps names in order beyond a thousand partitions", async () => {
    const files = await computePlain(Bag.of(["x"], { partitions: 1001 }).toText(directory.path));
    expect(files.map((file) => basename(file))).to.include.members(["part-0000.txt", "part-1000.txt"]);
    expect([...files].sort()).to.deep.equal(files);
  });

  it("leaves no file, whole or half, of a partition that fails", async () => {
    const wrong = bagOfRuns<unknown>([["good"], ["good", 5]]) as Bag<string>;
    const error = await failurePlain(wrong.toText(directory.path));
    expect(error)
      .to.be.instanceOf(InvalidArgumentError)
      .with.property("message")
      .that.includes("the number 5");
    const undefinedValue = bagOfRuns<unknown>([[1, undefined]]).toNdjson(directory.path);
    expect(await failurePlain(undefinedValue)).to.be.instanceOf(InvalidArgumentError);
    expect(readdirSync(directory.path).filter((name) => name !== "part-000.txt")).to.deep.equal([]);
  });

  it("leaves the earlier file alone when a later attempt fails, and replaces it when it succeeds", async () => {
    const [file] = await computePlain(Bag.of(["first"]).toText(directory.path));
    await failurePlain((Bag.of<unknown>([5]) as Bag<string>).toText(directory.path));
    expect(readFileSync(file as string, "utf8")).to.equal("first\n");
    await computePlain(Bag.of(["second"]).toText(directory.path));
    expect(readFileSync(file as string, "utf8")).to.equal("second\n");
    expect(readdirSync(directory.path)).to.deep.equal(["part-000.txt"]);
  });

  it("runs each time it is asked for, and not before", async () => {
    const bag = Bag.of(["a"]);
    const first = bag.toText(directory.path);
    expect(first.key).to.not.equal(bag.toText(directory.path).key);
    expect(existsSync(join(directory.path, "part-000.txt"))).to.equal(false);
    await computePlain(first);
    expect(existsSync(join(directory.path, "part-000.txt"))).to.equal(true);
  });

  it("fails with the system's error where it may not write", async () => {
    const file = directory.write("file", "");
    const error = await failurePlain(Bag.of(["a"]).toText(join(file, "sub")));
    expect((error as NodeJS.ErrnoException).code).to.be.oneOf(["ENOTDIR", "EEXIST"]);
  });

  it("refuses what is no directory's path", () => {
    for (const wrong of ["", 5, undefined])
      expect(() => Bag.of(["a"]).toText(wrong as never)).to.throw(InvalidArgumentError, /toText/);
  });
});
