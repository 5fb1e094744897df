/**
 * Three million flights: at what hour, over what distance and from where do Americans arrive late?
 *
 *     npm start                                              runs this file, with a progress bar
 *     npx skein graph examples/flights.ts -o flights.svg     draws what would run
 *
 * The data come with `vega-datasets`: three million flights within the United States from January to June 2001, as
 * the carriers reported them to the Bureau of Transportation Statistics. For each flight they have the time, the
 * delay in minutes (below zero: early), the distance in miles, and the codes of the two airports. A second file
 * has the airports' names and states.
 *
 * Every function that Skein calls below stands on its own: what it needs comes in as an argument. That is all it
 * takes for the same program to run in this thread, on all cores of a machine, or on a cluster.
 */

import { mkdir, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import Table from "cli-table3";
import { asyncBufferFromFile, parquetMetadataAsync } from "hyparquet";
import { Bag, delayed } from "skein";

interface Flight {
  /** 0 to 23. */
  hour: number;
  /** In minutes. */
  delay: number;
  /** In miles. */
  distance: number;
  /** An airport's code, such as JFK. */
  origin: string;
}

interface Airport {
  iata: string;
  name: string;
  state: string;
}

/** Sums over some flights: whole numbers, so that it does not matter in which order they are added. */
interface Delays {
  flights: number;
  minutes: number;
  /** Flights more than a quarter of an hour late. */
  late: number;
}

const data = new URL("../data/", import.meta.resolve("vega-datasets"));
const flightsFile = fileURLToPath(new URL("flights-3m.parquet", data));
const airportsFile = fileURLToPath(new URL("airports.csv", data));

// The flights. A Parquet file is made of groups of rows, each of which can be read by itself: one group, one
// partition. Nothing is read yet.

const { row_groups: groups } = await parquetMetadataAsync(await asyncBufferFromFile(flightsFile));
const ends = groups.map((_, i) =>
  groups.slice(0, i + 1).reduce((rows, group) => rows + Number(group.num_rows), 0),
);
const pieces = ends.map((rowEnd, i) => ({ file: flightsFile, rowStart: ends[i - 1] ?? 0, rowEnd }));

const flights = Bag.of(pieces, { partitions: pieces.length }).flatMap(readFlights, { name: "readFlights" });

async function readFlights(piece: { file: string; rowStart: number; rowEnd: number }): Promise<Flight[]> {
  const { asyncBufferFromFile, parquetReadObjects } = await import("hyparquet");
  const { decompress } = await import("fzstd");
  const rows = await parquetReadObjects({
    ...piece,
    file: await asyncBufferFromFile(piece.file),
    columns: ["date", "delay", "distance", "origin"],
    compressors: { ZSTD: (bytes) => decompress(bytes) },
  });
  return (rows as { date: Date; delay: bigint; distance: bigint; origin: string }[]).map((row) => ({
    hour: row.date.getUTCHours(),
    delay: Number(row.delay),
    distance: Number(row.distance),
    origin: row.origin,
  }));
}

// The airports. Lines of text, of which the first names the columns.

const airports = Bag.fromText(airportsFile)
  .filter((line) => !line.startsWith("iata,"))
  .map(parseAirport);

function parseAirport(line: string): Airport {
  const fields = Array.from(line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g), ([, quoted, plain]) =>
    quoted === undefined ? (plain ?? "") : quoted.replaceAll('""', '"'),
  );
  const [iata = "", name = "", , state = ""] = fields;
  return { iata, name, state };
}

// The statistics. `foldBy` adds up each partition by itself, then the partitions' sums.

const none: Delays = { flights: 0, minutes: 0, late: 0 };

const byHour = flights.foldBy("hour", addFlight, addDelays, none);
const byDistance = flights.foldBy(distanceBand, addFlight, addDelays, none);
const byOrigin = flights.foldBy("origin", addFlight, addDelays, none);

function addFlight(sum: Delays, flight: Flight): Delays {
  sum.flights += 1;
  sum.minutes += flight.delay;
  if (flight.delay > 15) sum.late += 1;
  return sum;
}

function addDelays(a: Delays, b: Delays): Delays {
  return { flights: a.flights + b.flights, minutes: a.minutes + b.minutes, late: a.late + b.late };
}

/** The miles at which the flight's band begins. */
function distanceBand({ distance }: Flight): number {
  return [2000, 1500, 1000, 500, 250].find((least) => distance >= least) ?? 0;
}

// The ten worst origins: airports with a thousand flights at least, by their mean delay, with their names.

const worst = byOrigin
  .filter(([, delays]) => delays.flights >= 1000)
  .join(airports, ([origin]) => origin, "iata")
  .map(([[, delays], airport]) => ({ ...airport, ...delays }))
  .topK(10, ({ minutes, flights }) => minutes / flights);

// One value out of all of them. Until here nothing has run; `compute` reads every flight once.

const report = delayed(sortReport)(byHour, byDistance, worst);

function sortReport(hours: [number, Delays][], distances: [number, Delays][], origins: (Airport & Delays)[]) {
  const byKey = (a: [number, Delays], b: [number, Delays]) => a[0] - b[0];
  return { hours: hours.toSorted(byKey), distances: distances.toSorted(byKey), origins };
}

const { hours, distances, origins } = await report.compute();

// From here on it is ordinary code: three tables, the figures as JSON, and a picture of the computation.

print(
  "By hour of departure",
  ["hour"],
  hours.map(([hour, delays]) => [[`${hour}:00`], delays]),
);
print(
  "By distance",
  ["miles"],
  distances.map(([from, delays], i) => [[`${from} to ${distances[i + 1]?.[0] ?? "…"}`], delays]),
);
print(
  "The ten worst airports to fly from",
  ["", "airport", "state"],
  origins.map(({ iata, name, state, ...delays }) => [[iata, name, state], delays]),
);

function print(title: string, columns: string[], rows: [names: string[], delays: Delays][]): void {
  const table = new Table({
    head: [...columns, "flights", "mean delay", "late", ""],
    colAligns: [...columns.map(() => "left" as const), "right", "right", "right", "left"],
    style: { compact: true, head: [], border: [] },
  });
  for (const [names, { flights, minutes, late }] of rows) {
    const lateShare = Math.round((100 * late) / flights);
    table.push([
      ...names,
      flights.toLocaleString("en-US"),
      `${(minutes / flights).toFixed(1)} min`,
      `${lateShare} %`,
      "█".repeat(Math.round(lateShare / 4)),
    ]);
  }
  console.log(`\n${title}\n${table.toString()}`);
}

await mkdir("out", { recursive: true });
await writeFile("out/flights.json", JSON.stringify({ hours, distances, origins }, null, 2));
await report.visualize("out/flights.svg");
console.log("\nThe figures are in out/flights.json, a picture of the computation is in out/flights.svg.");
