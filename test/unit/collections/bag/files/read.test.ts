/** Reading files: lines and JSON values, wherever the blocks are cut. */

import { appendFileSync, rmSync } from "node:fs";
import { relative } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { expect } from "chai";
import fc from "fast-check";
import { Bag } from "../../../../../src/collections/bag/bag.js";
import {
  BrokenLineError,
  InvalidArgumentError,
  NoFilesError,
  UnreadableFileError,
} from "../../../../../src/errors.js";
import { computePlain, failurePlain } from "../../../../support/compute-plain.js";
import { temporaryDirectory, type TemporaryDirectory } from "../../../../support/temporary-directory.js";

/** The lines of a text, by their definition. */
function linesOf(text: string): string[] {
  const lines = text.replace(/^\uFEFF/, "").split("\n");
  const last = lines.pop() as string;
  const ended = lines.map((line) => line.replace(/\r$/, ""));
  return last === "" ? ended : [...ended, last];
}

describe("Bag.fromText", () => {
  let directory: TemporaryDirectory;
  beforeEach(() => {
    directory = temporaryDirectory();
  });
  afterEach(() => directory.remove());

  it("gives every line once and whole, wherever the blocks are cut", async () => {
    const piece = fc.constantFrom(
      "\n",
      "\r\n",
      "\r",
      "a",
      "bc",
      "é",
      "漢",
      "😀",
      "a much longer line",
      "\uFEFF",
      " ",
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(piece, { maxLength: 20 }),
        fc.integer({ min: 1, max: 40 }),
        async (pieces, blockBytes) => {
          const text = pieces.join("");
          const file = directory.write("any.txt", text);
          const bag = Bag.fromText(file, { blockBytes });
          expect(bag.partitions).to.equal(Math.max(1, Math.ceil(Buffer.byteLength(text) / blockBytes)));
          expect(await computePlain(bag)).to.deep.equal(linesOf(text));
        },
      ),
      { numRuns: 200 },
    );
  });

  it("reads lines longer than several chunks and blocks, and lines cut by the chunks", async () => {
    const text = `${"é".repeat(400_000)}\n${"x".repeat(262_143)}\r\nshort\n${"y".repeat(700_000)}`;
    const file = directory.write("long.txt", text);
    for (const blockBytes of [Infinity, 300_000, 99_991]) {
      const lines = await computePlain(Bag.fromText(file, { blockBytes }));
      expect(lines.length).to.equal(4);
      expect(lines.join("\n") === text.replace("\r\n", "\n")).to.equal(true);
    }
  });

  it("reads files in the order of the patterns, each pattern's by name, none twice", async () => {
    for (const name of ["b.txt", "a.txt", "z.log"]) directory.write(name, name);
    const bag = Bag.fromText([`${directory.path}/*.log`, `${directory.path}/*`]);
    expect(await computePlain(bag)).to.deep.equal(["z.log", "a.txt", "b.txt"]);
    expect(bag.partitions).to.equal(3);
  });

  it("takes relative paths and file: URLs", async () => {
    const file = directory.write("a.txt", "one\n");
    expect(await computePlain(Bag.fromText(relative(process.cwd(), file)))).to.deep.equal(["one"]);
    expect(await computePlain(Bag.fromText(pathToFileURL(file)))).to.deep.equal(["one"]);
  });

  it("unpacks gzip files, each as one partition, several members too", async () => {
    const packed = Buffer.concat([gzipSync("\uFEFFone\ntw"), gzipSync("o\r\nthrée")]);
    const file = directory.write("a.txt.gz", packed);
    const bag = Bag.fromText(file, { blockBytes: 3 });
    expect(bag.partitions).to.equal(1);
    expect(await computePlain(bag)).to.deep.equal(["one", "two", "thrée"]);
    const big = Array.from({ length: 200_000 }, (_, i) => `line ${i}`);
    const other = directory.write("big.gz", gzipSync(big.join("\n")));
    expect((await computePlain(Bag.fromText(other))).join() === big.join()).to.equal(true);
  });

  it("reads empty files, plain and packed, and files of a byte order mark alone, as no lines", async () => {
    directory.write("a", "");
    directory.write("b", "\uFEFF");
    directory.write("c.gz", gzipSync(""));
    expect(await computePlain(Bag.fromText(`${directory.path}/*`))).to.deep.equal([]);
  });

  it("reads other encodings, and refuses those whose lines cannot be told from bytes", async () => {
    const file = directory.write("latin.txt", Buffer.from("caf\u00e9\nna\u00efve\n", "latin1"));
    expect(await computePlain(Bag.fromText(file, { encoding: "latin1", blockBytes: 5 }))).to.deep.equal([
      "café",
      "naïve",
    ]);
    expect(() => Bag.fromText(file, { encoding: "utf-16le" })).to.throw(InvalidArgumentError, /UTF-8 first/);
    expect(() => Bag.fromText(file, { encoding: "klingon" })).to.throw(InvalidArgumentError, /klingon/);
  });

  it("replaces bytes that are not UTF-8", async () => {
    const file = directory.write("broken.txt", Buffer.from([0x61, 0xff, 0x62, 0x0a, 0xc3]));
    expect(await computePlain(Bag.fromText(file))).to.deep.equal(["a\uFFFDb", "\uFFFD"]);
  });

  it("of nothing that matches is a NoFilesError, at once", () => {
    const pattern = `${directory.path}/*.nothing`;
    expect(() => Bag.fromText(pattern))
      .to.throw(NoFilesError)
      .with.property("pattern", pattern);
    directory.write("a.txt", "");
    expect(() => Bag.fromText([`${directory.path}/a.txt`, pattern])).to.throw(NoFilesError);
    expect(() => Bag.fromText(directory.path)).to.throw(NoFilesError);
  });

  it("refuses what is no path, no block size and no option", () => {
    const file = directory.write("a.txt", "");
    for (const wrong of [5, "", undefined, [], [null]])
      expect(() => Bag.fromText(wrong as never)).to.throw(InvalidArgumentError, /Bag\.fromText/);
    for (const blockBytes of [0, -1, 1.5, NaN, "64"])
      expect(() => Bag.fromText(file, { blockBytes: blockBytes as never })).to.throw(
        InvalidArgumentError,
        /blockBytes/,
      );
    expect(() => Bag.fromText(file, { blocksize: 3 } as never)).to.throw(InvalidArgumentError, /blocksize/);
  });

  it("fails with the file's name when the file is gone, or damaged, by the time it is read", async () => {
    const gone = directory.write("gone.txt", "x");
    const bag = Bag.fromText(gone);
    rmSync(gone);
    expect(await failurePlain(bag))
      .to.be.instanceOf(UnreadableFileError)
      .with.property("message")
      .that.includes(gone);
    const packed = gzipSync("some text that is long enough");
    for (const bytes of [packed.subarray(0, 20), Buffer.from("not packed")]) {
      const damaged = directory.write("damaged.gz", bytes);
      expect(await failurePlain(Bag.fromText(damaged)))
        .to.be.instanceOf(UnreadableFileError)
        .with.property("file", damaged);
    }
  });

  it("has the same keys for the same files, and others once a file has changed", () => {
    const file = directory.write("a.txt", "1\n2\n");
    const before = Bag.fromText(file);
    expect(Bag.fromText(file).outputs).to.deep.equal(before.outputs);
    expect(Bag.fromText(file, { blockBytes: 1 }).outputs).to.not.include(before.outputs[0]);
    appendFileSync(file, "3\n");
    expect(Bag.fromText(file).outputs).to.not.deep.equal(before.outputs);
  });
});

describe("Bag.fromNdjson", () => {
  let directory: TemporaryDirectory;
  beforeEach(() => {
    directory = temporaryDirectory();
  });
  afterEach(() => directory.remove());

  it("gives the values of the lines, whatever the blocks, and skips blank lines", async () => {
    const text = '{"a":1}\n\n[2,"é"]\r\n  \n"three"\r\n\r\nnull\n4';
    const file = directory.write("a.ndjson", text);
    const expected = [{ a: 1 }, [2, "é"], "three", null, 4];
    for (let blockBytes = 1; blockBytes <= 40; blockBytes++)
      expect(await computePlain(Bag.fromNdjson(file, { blockBytes }))).to.deep.equal(expected);
    const packed = directory.write("a.ndjson.gz", gzipSync(`\uFEFF${text}`));
    expect(await computePlain(Bag.fromNdjson(packed))).to.deep.equal(expected);
  });

  it("names file and line of a broken line, counted from the file's beginning, whatever the blocks", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('{"ok":true}', "", "1", '"é"'), { maxLength: 12 }),
        fc.constantFrom("\n", "\r\n"),
        fc.integer({ min: 1, max: 60 }),
        async (before, end, blockBytes) => {
          const text = [...before, '{"broken', "also broken"].join(end);
          const file = directory.write("broken.ndjson", text);
          const error = await failurePlain(Bag.fromNdjson(file, { blockBytes }).take(1e6));
          const bag = Bag.fromNdjson(file, { blockBytes });
          expect(error).to.be.instanceOf(BrokenLineError);
          expect(bag.partitions).to.equal(Math.ceil(Buffer.byteLength(text) / blockBytes));
          // Blocks may be read in any order, so either of the broken lines may be met first.
          const { line, file: named, message } = error as BrokenLineError;
          expect(named).to.equal(file);
          expect(line - before.length).to.be.oneOf([1, 2]);
          expect(message).to.include(line - before.length === 1 ? '{"broken' : "also broken");
        },
      ),
    );
  });

  it("counts the line in a gzip file as well, and cuts a long line in the message", async () => {
    const file = directory.write("a.gz", gzipSync(`1\n2\n{${"x".repeat(1000)}\n`));
    const error = (await failurePlain(Bag.fromNdjson(file))) as BrokenLineError;
    expect(error.line).to.equal(3);
    expect(error.message.length).to.be.lessThan(400);
  });

  it("takes an array of paths and infers nothing about its values", async () => {
    const files = ["1", "2"].map((text) => directory.write(`${text}.json`, text));
    const bag = Bag.fromNdjson<number>(files);
    expect(await computePlain(bag.sum())).to.equal(3);
    expect(() => Bag.fromNdjson(`${directory.path}/no`)).to.throw(NoFilesError);
    expect(() => Bag.fromNdjson(files, { encoding: "latin1" } as never)).to.throw(InvalidArgumentError);
  });
});
