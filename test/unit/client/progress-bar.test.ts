import { Writable } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import { expect } from "chai";
import { lineOf, startProgressBar } from "../../../src/client/progress-bar.js";
import type { ProgressEvent } from "../../../src/executor/graph-runner.js";

const event = (fields: Partial<ProgressEvent>): ProgressEvent => ({
  done: 0,
  total: 40,
  running: 0,
  tasks: [],
  latest: undefined,
  elapsedMs: 0,
  ...fields,
});

/** A stream that keeps what is written, and says whether it is a terminal. */
class Screen extends Writable {
  readonly columns = 100;
  readonly isTTY: boolean;
  text = "";

  constructor(isTTY: boolean) {
    super();
    this.isTTY = isTTY;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk.toString();
    done();
  }

  /** What is on it, without the sequences that move the cursor. */
  get shown(): string {
    return stripVTControlCharacters(this.text);
  }
}

describe("The progress bar", () => {
  it("shows done and total, the rate, the time left, and what runs", () => {
    const tasks = [
      { key: "load-3f9ac0d1e2b34", attempt: 1, progress: { done: 1, total: 4 } },
      { key: "parse", attempt: 2 },
      { key: "sum-3f9ac0d1e2b34-1", attempt: 1, progress: { done: 1, total: 4 } },
      { key: "sum-3f9ac0d1e2b34-2", attempt: 1 },
    ];
    const line = lineOf(event({ done: 10, elapsedMs: 2000, running: 4, tasks }));
    expect(line).to.equal("██████░░░░░░░░░░░░░░░░░░  10/40  5/s  eta 6.0 s  load 25 %, parse, sum × 2");
  });

  it("shows what ran last where everything runs in this thread", () => {
    expect(lineOf(event({ done: 1, elapsedMs: 1000, latest: "sum-3" }))).to.match(
      /1\/40 {2}1\/s {2}eta 39 s {2}sum$/,
    );
  });

  it("shows how long it took in the end", () => {
    const line = lineOf(event({ done: 1_000_000, total: 1_000_000, elapsedMs: 125_000, latest: "x" }));
    expect(line).to.equal("████████████████████████  1,000,000/1,000,000  8,000/s  in 2 min");
  });

  it("does not promise a time before anything is done, nor divide by a total of none", () => {
    expect(lineOf(event({ elapsedMs: 500 }))).to.include("0/40  0/s  eta ?");
    expect(lineOf(event({ total: 0 }))).to.include("0/0");
  });

  it("is drawn on a terminal, and stays as its last line", async () => {
    const screen = new Screen(true);
    const bar = await startProgressBar(screen);
    bar.update(event({}));
    bar.update(event({ done: 40, elapsedMs: 100 }));
    bar.stop();
    expect(screen.shown).to.include("0/40");
    expect(screen.shown).to.match(/40\/40 {2}400\/s {2}in 0\.1 s\n$/);
  });

  it("stays where it was when the computation fails, on a line of its own", async () => {
    const screen = new Screen(true);
    const bar = await startProgressBar(screen);
    bar.update(event({}));
    bar.update(event({ done: 13, elapsedMs: 100 }));
    bar.stop();
    expect(screen.shown).to.match(/13\/40.*\n$/);
  });

  it("is never wider than the terminal", async () => {
    const screen = new Screen(true);
    const bar = await startProgressBar(screen);
    bar.update(event({ running: 1, tasks: [{ key: "k".repeat(500), attempt: 1 }] }));
    bar.stop();
    const drawings = screen.text.split("░░").map((part) => stripVTControlCharacters(part).trim());
    const longest = Math.max(...drawings.map((part) => part.length));
    expect(longest).to.be.within(60, 99);
    expect(screen.shown).to.include("…");
  });

  it("is not there where there is no terminal, nor where nothing was ever reported", async () => {
    const pipe = new Screen(false);
    const quiet = await startProgressBar(pipe);
    quiet.update(event({ done: 1 }));
    quiet.stop();
    const unused = new Screen(true);
    (await startProgressBar(unused)).stop();
    expect([pipe.text, unused.text]).to.deep.equal(["", ""]);
  });
});
