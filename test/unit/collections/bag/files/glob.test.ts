/** Finding files by pattern. */

import { mkdirSync, symlinkSync } from "node:fs";
import { join, relative } from "node:path";
import { expect } from "chai";
import { expandBraces, glob, matcherOf } from "../../../../../src/collections/bag/files/glob.js";
import { InvalidArgumentError } from "../../../../../src/errors.js";
import { temporaryDirectory, type TemporaryDirectory } from "../../../../support/temporary-directory.js";

describe("A file pattern", () => {
  let directory: TemporaryDirectory;
  beforeEach(() => {
    directory = temporaryDirectory();
    for (const name of [
      "a.txt",
      "b.txt",
      "c.csv",
      ".hidden.txt",
      "[x].txt",
      "sub/a.txt",
      "sub/deep/a.txt",
      "sub/deep/é.txt",
      "sub/.git/a.txt",
      "other/a.txt",
    ])
      directory.write(name, "");
  });
  afterEach(() => directory.remove());

  const found = (pattern: string): string[] =>
    glob(join(directory.path, pattern)).map((file) => relative(directory.path, file));

  it("matches * within one segment, sorted, and no names that begin with a dot", () => {
    expect(found("*.txt")).to.deep.equal(["[x].txt", "a.txt", "b.txt"]);
    expect(found("*/a.txt")).to.deep.equal(["other/a.txt", "sub/a.txt"]);
    expect(found("s*/d*/*")).to.deep.equal(["sub/deep/a.txt", "sub/deep/é.txt"]);
  });

  it("matches names that begin with a dot when it begins with one", () => {
    expect(found(".*.txt")).to.deep.equal([".hidden.txt"]);
    expect(found("sub/.git/*")).to.deep.equal(["sub/.git/a.txt"]);
  });

  it("matches ? as one character, also beyond ASCII", () => {
    expect(found("?.txt")).to.deep.equal(["a.txt", "b.txt"]);
    expect(found("sub/deep/?.txt")).to.deep.equal(["sub/deep/a.txt", "sub/deep/é.txt"]);
  });

  it("matches sets, ranges and their opposites", () => {
    expect(found("[ac].*")).to.deep.equal(["a.txt", "c.csv"]);
    expect(found("[b-z].*")).to.deep.equal(["b.txt", "c.csv"]);
    expect(found("[!a].*")).to.deep.equal(["b.txt", "c.csv"]);
    expect(found("[[]x].txt")).to.deep.equal(["[x].txt"]);
  });

  it("matches ** as any number of directories, none among them", () => {
    expect(found("**/a.txt")).to.deep.equal(["a.txt", "other/a.txt", "sub/a.txt", "sub/deep/a.txt"]);
    expect(found("sub/**")).to.deep.equal(["sub/a.txt", "sub/deep/a.txt", "sub/deep/é.txt"]);
    expect(found("**/deep/**/a.txt")).to.deep.equal(["sub/deep/a.txt"]);
  });

  it("takes each of the alternatives in braces, nested ones too, and no file twice", () => {
    expect(found("{a,b,a}.txt")).to.deep.equal(["a.txt", "b.txt"]);
    expect(found("{sub/{deep,nowhere},other}/a.txt")).to.deep.equal(["other/a.txt", "sub/deep/a.txt"]);
  });

  it("is itself when a file of that very name exists", () => {
    expect(found("[x].txt")).to.deep.equal(["[x].txt"]);
    expect(found("a.txt")).to.deep.equal(["a.txt"]);
  });

  it("matches no directories, and nothing where there is nothing", () => {
    expect(found("sub")).to.deep.equal([]);
    expect(found("nowhere/*")).to.deep.equal([]);
    expect(found("a.txt/*")).to.deep.equal([]);
    expect(found("x".repeat(300))).to.deep.equal([]);
  });

  it("finds its way out of a circle of links", () => {
    symlinkSync(directory.path, join(directory.path, "sub", "loop"), "dir");
    expect(found("**/b.txt")).to.deep.equal(["b.txt"]);
    expect(found("sub/*/b.txt")).to.deep.equal(["sub/loop/b.txt"]);
  });

  it("sees through a link to a file, and past one to nowhere or to itself", () => {
    mkdirSync(join(directory.path, "links"));
    symlinkSync("nowhere", join(directory.path, "links", "to-nowhere"));
    symlinkSync("to-itself", join(directory.path, "links", "to-itself"));
    symlinkSync(join(directory.path, "a.txt"), join(directory.path, "links", "to-a.txt"));
    expect(found("links/*")).to.deep.equal(["links/to-a.txt"]);
  });

  it("with braces that choose nothing is taken literally", () => {
    expect(expandBraces("a{b}c{")).to.deep.equal(["a{b}c{"]);
    expect(expandBraces("{a,}{1,2}")).to.deep.equal(["a1", "a2", "1", "2"]);
    expect(expandBraces("{x}{a,b}")).to.deep.equal(["{x}a", "{x}b"]);
  });

  it("takes characters that mean something to regular expressions for themselves", () => {
    const matches = (pattern: string, name: string): boolean => matcherOf(pattern)?.test(name) === true;
    expect(matches("a.(b)+$*", "a.(b)+$c")).to.equal(true);
    expect(matches("a.b*", "axb")).to.equal(false);
    expect(matches("[^a]*", "^")).to.equal(true);
    expect(matches("[^a]*", "b")).to.equal(false);
    expect(matches("[a*", "[ab")).to.equal(true);
    expect(matches("*", "two\nlines")).to.equal(true);
    expect(matches("[]a]", "]")).to.equal(true);
  });

  it("with a range that runs backwards is refused", () => {
    expect(() => found("[z-a]*")).to.throw(InvalidArgumentError, /\[z-a\]/);
  });
});
