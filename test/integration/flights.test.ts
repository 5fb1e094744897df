/** The main job, run as `npm start` runs it, against a straightforward loop over the same files. */

import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect } from "chai";
import { decompress } from "fzstd";
import { asyncBufferFromFile, parquetRead } from "hyparquet";
import { runNode, type Ended } from "../support/command.js";

const root = resolve(import.meta.dirname, "../..");
const data = join(root, "node_modules/vega-datasets/data");

interface Delays {
  flights: number;
  minutes: number;
  late: number;
}

interface Report {
  hours: [number, Delays][];
  distances: [number, Delays][];
  origins: ({ iata: string; name: string; state: string } & Delays)[];
}

/** A whole column of the flights' file. */
async function column(name: string): Promise<unknown[]> {
  const values: unknown[] = [];
  await parquetRead({
    file: await asyncBufferFromFile(join(data, "flights-3m.parquet")),
    columns: [name],
    compressors: { ZSTD: (bytes) => decompress(bytes) },
    // Row groups are read at once and arrive in any order.
    onChunk: ({ columnData, rowStart }) => {
      for (const [i, value] of (columnData as unknown[]).entries()) values[rowStart + i] = value;
    },
  });
  return values;
}

/** The same statistics without Skein: four columns, one loop. */
async function straightforward(): Promise<Report> {
  const [dates, delays, distances, origins] = (await Promise.all(
    ["date", "delay", "distance", "origin"].map(column),
  )) as [Date[], bigint[], bigint[], string[]];
  const byHour = new Map<number, Delays>();
  const byDistance = new Map<number, Delays>();
  const byOrigin = new Map<string, Delays>();
  for (const [i, date] of dates.entries()) {
    const delay = Number(delays[i]);
    const miles = Number(distances[i]);
    const band = miles < 250 ? 0 : miles < 500 ? 250 : Math.min(2000, miles - (miles % 500));
    add(byHour, date.getUTCHours(), delay);
    add(byDistance, band, delay);
    add(byOrigin, origins[i] as string, delay);
  }
  const mean = ({ minutes, flights }: Delays): number => minutes / flights;
  const airports = readFileSync(join(data, "airports.csv"), "utf8").split("\n");
  const worst = [...byOrigin]
    .filter(([, sum]) => sum.flights >= 1000)
    .toSorted(([, a], [, b]) => mean(b) - mean(a))
    .slice(0, 10)
    .map(([iata, sum]) => {
      const [, name = "", , state = ""] =
        airports.find((line) => line.startsWith(`${iata},`))?.split(",") ?? [];
      return { iata, name, state, ...sum };
    });
  const sorted = (sums: Map<number, Delays>): [number, Delays][] => [...sums].toSorted(([a], [b]) => a - b);
  return { hours: sorted(byHour), distances: sorted(byDistance), origins: worst };
}

function add<K>(sums: Map<K, Delays>, key: K, delay: number): void {
  const { flights, minutes, late } = sums.get(key) ?? { flights: 0, minutes: 0, late: 0 };
  sums.set(key, { flights: flights + 1, minutes: minutes + delay, late: late + (delay > 15 ? 1 : 0) });
}

describe("The main job", function () {
  this.timeout(120_000);
  let folder = "";
  let job: Ended;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "skein-flights-"));
    const skein = join(root, "dist/cli/main.js");
    job = await runNode([skein, "run", join(root, "examples/flights.ts"), "--progress"], folder);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("succeeds, and without a terminal draws no progress bar", () => {
    expect(job.code, job.stderr).to.equal(0);
    expect(job.stderr).to.equal("");
  });

  it("finds exactly what a straightforward loop over the files finds", async () => {
    const report = JSON.parse(readFileSync(join(folder, "out/flights.json"), "utf8")) as Report;
    const expected = await straightforward();
    expect(expected.hours.reduce((flights, [, sum]) => flights + sum.flights, 0)).to.equal(3_000_000);
    expect(report).to.deep.equal(expected);
  });

  it("prints the tables", () => {
    expect(job.stdout).to.match(/23:00 .*26,470 .*35\.6 min .*42 %/);
    expect(job.stdout).to.match(/JFK .*John F Kennedy Intl .*NY .*31,270 .*12\.3 min .*30 %/);
  });

  it("leaves a picture of its graph, and says where", () => {
    expect(job.stdout).to.include("out/flights.svg");
    expect(existsSync(join(folder, "out/flights.svg"))).to.equal(true);
    const picture = readFileSync(join(folder, "out/flights.svg"), "utf8");
    for (const name of ["readFlights", "foldBy", "topK", "sortReport"]) expect(picture).to.include(name);
  });
});
