/** Journals: positions without gaps, nothing stored is lost, and a leader whose term is over changes nothing. */

import assert from "node:assert/strict";
import { JournalFencedError } from "../../errors.js";
import { EffectiveRecords } from "../../transport/journal.js";
import type { Journal, JournalRecord } from "../../transport/transport.js";
import type { Stage } from "./stage.js";
import { eventually } from "./stage.js";

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const textOf = (record: JournalRecord): string => new TextDecoder().decode(record.bytes);

async function all(journal: Journal, from = 1): Promise<JournalRecord[]> {
  const records: JournalRecord[] = [];
  for await (const record of journal.read(from)) records.push(record);
  return records;
}

function isGapless(records: readonly JournalRecord[], first: number): boolean {
  return records.every((record, i) => record.position === first + i);
}

export function journalContract(stage: Stage): void {
  const open = async (name: string): Promise<Journal> => (await stage.connect()).journal(name);

  describe("journals", () => {
    it("number their records from 1 without gaps, whichever way they are written", async () => {
      const name = stage.name("journal");
      const journal = await open(name);
      assert.deepEqual(await journal.bounds(), { first: 1, next: 1 });
      const term = await journal.claim(bytesOf("claim"));
      assert.equal(term, 1);
      const batches = ["a b", "c", "d e f"].map((batch) =>
        journal.append(term, batch.split(" ").map(bytesOf)),
      );
      assert.deepEqual(await Promise.all(batches), [3, 4, 7]);
      const records = await all(await open(name));
      assert.ok(isGapless(records, 1));
      assert.deepEqual(records.map(textOf), ["claim", "a", "b", "c", "d", "e", "f"]);
      assert.deepEqual(
        records.map((record) => record.term),
        [1, 1, 1, 1, 1, 1, 1],
      );
      assert.deepEqual(await journal.bounds(), { first: 1, next: 8 });
      assert.deepEqual((await all(journal, 6)).map(textOf), ["e", "f"]);
      assert.deepEqual(await all(journal, 8), []);
    });

    it("keep what was written before the call, not what became of the bytes after it", async () => {
      const journal = await open(stage.name("journal"));
      const bytes = bytesOf("before");
      const appended = journal.claim(bytes).then((term) => journal.append(term, [bytes]));
      await appended;
      bytes.fill(0);
      assert.deepEqual((await all(journal)).map(textOf), ["before", "before"]);
    });

    it("are read by tails from any position: first what is stored, then what comes, each once", async () => {
      const name = stage.name("journal");
      const [writer, reader] = [await open(name), await open(name)];
      const term = await writer.claim(bytesOf("claim"));
      await writer.append(term, [bytesOf("1"), bytesOf("2")]);
      const seen: JournalRecord[] = [];
      const tail = await reader.tail(2, (record) => seen.push(record));
      for (let n = 3; n <= 50; n += 1) await writer.append(term, [bytesOf(String(n))]);
      await eventually(stage, "the tail has seen all", () => seen.length >= 50);
      assert.ok(isGapless(seen, 2));
      assert.deepEqual(
        seen.map(textOf),
        Array.from({ length: 50 }, (_, i) => String(i + 1)),
      );
      await tail.close();
      await writer.append(term, [bytesOf("after")]);
      const later: JournalRecord[] = [];
      await reader.tail(51, (record) => later.push(record));
      await eventually(stage, "a new tail sees the end", () => later.length >= 2);
      assert.equal(seen.length, 50, "a closed tail sees nothing more");
    });

    it("let a leader of an older term change nothing, even one that does not know yet", async () => {
      const name = stage.name("journal");
      const [old, next] = [await open(name), await open(name)];
      const oldTerm = await old.claim(bytesOf("claim of the old"));
      await old.append(oldTerm, [bytesOf("good")]);
      const newTerm = await next.claim(bytesOf("claim of the new"));
      const late = ["x", "y", "z"].map(async (text) => old.append(oldTerm, [bytesOf(text)]).catch(refusal));
      const stored = await next.append(newTerm, [bytesOf("mine")]);
      const answers = await Promise.all(late);
      if (next.writeFence) assert.deepEqual(answers, ["fenced", "fenced", "fenced"]);

      const filter = new EffectiveRecords();
      const records = await all(next);
      assert.ok(isGapless(records, 1));
      assert.ok(records.some((record) => record.position === stored));
      const effective = records.filter((record) => filter.counts(record));
      assert.deepEqual(effective.map(textOf), ["claim of the old", "good", "claim of the new", "mine"]);
      assert.equal(filter.term, newTerm);
    });

    it("give rivals who claim at once different terms, of which the later one counts", async () => {
      const name = stage.name("journal");
      const journals = await Promise.all(Array.from({ length: 4 }, () => open(name)));
      const terms = await Promise.all(journals.map((journal, i) => journal.claim(bytesOf(`claim ${i}`))));
      assert.equal(new Set(terms).size, 4);
      const winner = journals[terms.indexOf(Math.max(...terms))];
      await winner?.append(Math.max(...terms), [bytesOf("won")]);
      const filter = new EffectiveRecords();
      const effective = (await all(journals[0] as Journal)).filter((record) => filter.counts(record));
      assert.equal(effective.map(textOf).at(-1), "won");
    });

    it("forget what is trimmed and keep counting on", async () => {
      const journal = await open(stage.name("journal"));
      const term = await journal.claim(bytesOf("claim"));
      await journal.append(
        term,
        Array.from({ length: 9 }, (_, i) => bytesOf(String(i + 2))),
      );
      await journal.trim(6);
      await eventually(stage, "the first are gone", async () => (await journal.bounds()).first === 6);
      assert.equal(await journal.append(term, [bytesOf("11")]), 11);
      const records = await all(journal, 6);
      assert.ok(isGapless(records, 6));
      assert.deepEqual(
        (await all(journal)).map(textOf),
        records.map(textOf),
        "reading starts at the first that is left",
      );
      await journal.trim(1_000);
      assert.deepEqual(await journal.bounds(), { first: 12, next: 12 });
    });

    it("outlive their writers", async () => {
      const name = stage.name("journal");
      const transport = await stage.connect();
      const journal = await transport.journal(name);
      await journal.claim(bytesOf("still here"));
      await transport.close();
      assert.deepEqual((await all(await open(name))).map(textOf), ["still here"]);
    });
  });
}

function refusal(error: unknown): string {
  if (error instanceof JournalFencedError) return "fenced";
  throw error;
}
