/** A client that wants a lot, and is killed while it waits. Run as a job: `skein run … <bus> <log> <file>`. */

import { Client } from "skein";
import { block, untilFile } from "./tasks.fixture.js";

const [url = "", log = "", never = ""] = process.argv.slice(2);
const client = await Client.connect(url);
const held = Array.from({ length: 300 }, (_, i) =>
  client.submit(block, log, 1, 1_000_000, i % 251, { key: `held${i}` }),
);
await Promise.all(held.map((each) => each.settled()));
const waiting = Array.from({ length: 1_000 }, (_, i) =>
  client.submit(untilFile, log, never, { key: `open${i}` }),
);
await client.workers();
process.stdout.write("it wants a lot\n");
await client.gather(waiting);
