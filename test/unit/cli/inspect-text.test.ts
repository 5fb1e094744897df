import { stripVTControlCharacters } from "node:util";
import { expect } from "chai";
import { counted, shownBytes, shownMs } from "../../../src/cli/inspect/amounts.js";
import { statusText } from "../../../src/cli/inspect/status-text.js";
import { storyLines } from "../../../src/cli/inspect/story-text.js";
import { exitCodeOf } from "../../../src/cli/output.js";
import type { WorkerInfo } from "../../../src/actors/scheduler/clients/stats.js";
import {
  BusRefusedError,
  BusUnreachableError,
  ClusterLedError,
  NoSchedulerError,
  TaskErredError,
} from "../../../src/errors.js";

const plain = stripVTControlCharacters;

const worker: WorkerInfo = {
  ...{ name: "w1", peer: "worker:w1:1", state: "running", threads: 2, concurrency: 1, resources: {} },
  ...{
    memoryLimitBytes: 4e9,
    memoryBytes: 1_512e6,
    processing: 3,
    occupancyMs: 12,
    values: 0,
    valueBytes: 0,
  },
  ...{ roundTripMs: 0.423, loopDelayMs: 18.2 },
};
const scheduler = {
  ...{ epoch: 3, tasks: 12, states: { waiting: 0, processing: 2, memory: 10 }, workers: 2, clients: 1 },
  desiredWorkers: 3,
  ...{ slots: 4, published: 0, inlineBytes: 0, steps: 0, occupancyMs: 0 },
};
const bus = "nats://127.0.0.1:4222";

describe("Amounts for people", () => {
  it("have the unit that fits", () => {
    expect([0, 999, 1000, 1_512_000, 99_950_000, 999_999_999, 4e12].map(shownBytes)).to.deep.equal([
      ...["0 B", "999 B", "1.0 kB", "1.5 MB", "100 MB", "1.0 GB", "4.0 TB"],
    ]);
    expect([0.423, 9.99, 18.2, 999.6, 61_000].map(shownMs)).to.deep.equal([
      ...["0.42 ms", "9.99 ms", "18 ms", "1.0 s", "61.0 s"],
    ]);
    expect([counted(1, "task"), counted(2, "task"), counted(0, "advisory", "advisories")]).to.deep.equal([
      ...["1 task", "2 tasks", "0 advisories"],
    ]);
  });
});

describe("The state of a cluster as text", () => {
  it("has a line on the scheduler, without states that no task is in", () => {
    const text = plain(statusText({ bus, cluster: "team-a", scheduler, workers: [worker] }));
    expect(text).to.include(`team-a on ${bus}\n`);
    expect(text).to.include(
      "term 3: 12 tasks (2 processing, 10 memory), 1 client, 4 slots, work for 3 workers, nothing published\n",
    );
  });

  it("has a row for each worker, by name as people count", () => {
    const workers = ["w10", "w9", "w1"].map((name) => ({ ...worker, name }));
    const text = plain(statusText({ bus, cluster: "a", scheduler, workers }));
    expect([...text.matchAll(/^(w\d+) /gm)].map(([, name]) => name)).to.deep.equal(["w1", "w9", "w10"]);
    expect(text).to.match(/^w9 +running +2 +3 +1\.5 GB of 4\.0 GB +0 +0\.42 ms +18 ms$/m);
  });

  it("shows what is out of the ordinary", () => {
    const busy = { ...worker, state: "suspect", concurrency: 8, values: 2, valueBytes: 3e6 } as const;
    const text = plain(statusText({ bus, cluster: "a", scheduler, workers: [busy] }));
    expect(text).to.match(/^w1 +suspect +2 × 8 .* 2 \(3\.0 MB\) /m);
  });

  it("says what to do when there are no workers", () => {
    expect(statusText({ bus, cluster: "a", scheduler, workers: [] })).to.include(
      "start one with skein worker",
    );
  });
});

describe("The story of a task as text", () => {
  it("tells when, what, in which run and where", () => {
    const run = 2 * 2 ** 32 + 7;
    expect(
      storyLines([
        { atMs: 500, from: "released", event: "WANTED", to: "waiting", run: 0 },
        { atMs: 12_501.4, from: "queued", event: "ASSIGNED", to: "processing", run, worker: "w1" },
      ]),
    ).to.deep.equal([
      " +0.000 s  released --WANTED--> waiting",
      "+12.001 s  queued --ASSIGNED--> processing  run 2.7  on w1",
    ]);
  });

  it("is empty of a task of which nothing is known", () => {
    expect(storyLines([])).to.deep.equal([]);
  });
});

describe("The exit code", () => {
  it("is 2 for a bus that cannot be used as asked, whatever the process that found out", () => {
    for (const error of [
      new BusUnreachableError(bus, "tried", "Try."),
      new BusRefusedError(bus, "it", "Ask."),
      new NoSchedulerError("a", bus, 1),
      new ClusterLedError("a", bus, "w"),
    ])
      expect(exitCodeOf(error), error.name).to.equal(2);
  });

  it("is 1 for a task that failed for the same reason", () => {
    const cause = new BusUnreachableError(bus, "tried", "Try.");
    expect(exitCodeOf(new TaskErredError("k", cause, 1))).to.equal(1);
  });
});
