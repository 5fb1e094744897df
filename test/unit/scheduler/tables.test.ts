import { expect } from "chai";
import fc from "fast-check";
import { EdgeTable } from "../../../src/actors/scheduler/tables/edge-table.js";
import { FunctionTable } from "../../../src/actors/scheduler/tables/function-table.js";
import { InlineStore } from "../../../src/actors/scheduler/tables/inline-store.js";
import { IntList } from "../../../src/actors/scheduler/tables/int-list.js";
import { KeyIndex } from "../../../src/actors/scheduler/tables/key-index.js";
import { PrefixTable } from "../../../src/actors/scheduler/tables/prefix-table.js";
import { ReadyQueue } from "../../../src/actors/scheduler/tables/ready-queue.js";
import { RunIndex } from "../../../src/actors/scheduler/tables/run-index.js";
import { TaskTable } from "../../../src/actors/scheduler/tables/task-table.js";
import { Timers } from "../../../src/actors/scheduler/tables/timers.js";
import { keyHash, keyPlace } from "../../../src/protocol/digest.js";
import { schedulerTaskTable } from "../../../src/actors/task/tables.js";

const { queued, memory } = schedulerTaskTable.state;

describe("the table of runs", () => {
  it("is a map from runs to slots, whatever comes and goes, of this term and of others", () => {
    const epoch = 3 * 4294967296;
    const run = fc.oneof(
      fc.nat(300).map((n) => epoch + n),
      fc.nat(4_000_000_000).map((n) => epoch + n),
      fc.nat(20),
      fc.nat(20).map((n) => 4 * 4294967296 + n),
    );
    const steps = fc.array(fc.tuple(fc.constantFrom("set", "delete", "get"), run, fc.nat(1000)));
    fc.assert(
      fc.property(steps, (walk) => {
        const index = new RunIndex(epoch);
        const model = new Map<number, number>();
        for (const [what, key, slot] of walk) {
          if (what === "set") {
            index.set(key, slot);
            model.set(key, slot);
          } else if (what === "delete") {
            index.delete(key);
            model.delete(key);
          }
          expect(index.get(key)).to.equal(model.get(key) ?? -1);
        }
        for (const [key, slot] of model) expect(index.get(key)).to.equal(slot);
      }),
    );
  });
});

describe("the store of inline values", () => {
  it("gives back the bytes it was given, of any size, while others come and go", () => {
    const size = fc.oneof(fc.integer({ min: 1, max: 70 }), fc.integer({ min: 1, max: 6000 }));
    fc.assert(
      fc.property(fc.array(fc.tuple(size, fc.boolean(), fc.nat())), (steps) => {
        const store = new InlineStore();
        const kept = new Map<number, Uint8Array>();
        for (const [length, remove, pick] of steps) {
          const handles = [...kept.keys()];
          if (remove && handles.length > 0) {
            const handle = handles[pick % handles.length]!;
            store.remove(handle);
            kept.delete(handle);
          } else {
            const source = Uint8Array.from({ length: length + 4 }, (_, i) => (i * 7 + pick) & 255);
            const bytes = source.slice(2, length + 2);
            const handle = pick % 5 === 0 ? store.keep(bytes) : store.put(source, 2, length + 2);
            expect(kept.has(handle)).to.equal(false);
            kept.set(handle, bytes);
          }
          for (const [handle, bytes] of kept) {
            const out = new Uint8Array(store.lengthOf(handle) + 1);
            store.copyTo(handle, out, 1);
            expect([...out.subarray(1)]).to.deep.equal([...bytes]);
          }
        }
        expect(store.bytes).to.equal([...kept.values()].reduce((sum, { length }) => sum + length, 0));
      }),
      { numRuns: 50 },
    );
  });
});

describe("the queue of ready tasks", () => {
  /** Slots with random priorities, of which few differ. */
  function tableOf(priorities: readonly (readonly [number, number])[]): TaskTable {
    const tasks = new TaskTable();
    for (const [user, priority] of priorities) {
      const slot = tasks.add(`t${tasks.size}`, 0);
      tasks.state[slot] = queued;
      tasks.user[slot] = user;
      tasks.priority[slot] = priority;
    }
    return tasks;
  }

  const priority = fc.tuple(
    fc.constantFrom(-1, 0, 0, 0, 2),
    fc.oneof(fc.nat(50), fc.double({ min: 0, max: 9, noNaN: true })),
  );

  it("gives tasks in order of the user's priority, then priority, then slot, however they were entered", () => {
    fc.assert(
      fc.property(fc.array(priority, { maxLength: 200 }), fc.array(fc.nat(80)), (priorities, cuts) => {
        const tasks = tableOf(priorities);
        const queue = new ReadyQueue(tasks);
        const rest = priorities.map((_, slot) => slot).reverse();
        for (const cut of [...cuts, rest.length]) {
          const list = new IntList();
          for (const slot of rest.splice(0, cut)) list.push(slot);
          queue.pushAll(list);
        }
        const expected = priorities
          .map((_, slot) => slot)
          .sort(
            (a, b) => tasks.user[a]! - tasks.user[b]! || tasks.priority[a]! - tasks.priority[b]! || a - b,
          );
        const popped: number[] = [];
        for (let slot = queue.pop(); slot >= 0; slot = queue.pop()) {
          tasks.state[slot] = memory;
          popped.push(slot);
        }
        expect(popped).to.deep.equal(expected);
        expect(queue.entries).to.equal(0);
      }),
    );
  });

  it("passes over tasks that are no longer queued, and over slots that came to be another's", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(priority, fc.nat(4)), { maxLength: 150 }), (entries) => {
        const tasks = tableOf(entries.map(([each]) => each));
        const queue = new ReadyQueue(tasks);
        const list = new IntList();
        for (const [slot, [, fate]] of entries.entries()) {
          if (fate % 2 === 0) list.push(slot);
          else queue.push(slot);
        }
        queue.pushAll(list);
        const left = new Set<number>();
        for (const [slot, [, fate]] of entries.entries()) {
          if (fate === 0) tasks.state[slot] = memory;
          else if (fate === 1) {
            tasks.stamp[slot]!++;
            tasks.priority[slot] = 0;
          } else left.add(slot);
        }
        queue.sweep(left.size);
        expect(new Set(queue.slots())).to.deep.equal(left);
        let before: readonly number[] = [-Infinity];
        for (let slot = queue.pop(); slot >= 0; slot = queue.pop()) {
          expect(left.delete(slot)).to.equal(true);
          tasks.state[slot] = memory;
          const now = [tasks.user[slot]!, tasks.priority[slot]!, slot];
          expect(compare(before, now)).to.be.below(0);
          before = now;
        }
        expect(left.size).to.equal(0);
      }),
    );
  });

  function compare(a: readonly number[], b: readonly number[]): number {
    for (let i = 0; i < Math.min(a.length, b.length); i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
    return 0;
  }
});

describe("the table of edges", () => {
  it("never gives two rows the same edge, and uses again what was given back", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(200), fc.boolean(), fc.nat())), (steps) => {
        const edges = new EdgeTable();
        const rows: { start: number; count: number }[] = [];
        for (const [count, remove, pick] of steps) {
          if (remove && rows.length > 0) {
            const [row] = rows.splice(pick % rows.length, 1);
            edges.removeRow(row!.start, row!.count);
          } else if (count > 0) {
            const start = edges.addRow(count);
            for (const other of rows) {
              expect(start + count <= other.start || other.start + other.count <= start).to.equal(true);
            }
            rows.push({ start, count });
            for (let e = start; e < start + count; e++) edges.to[e] = 1;
          }
        }
      }),
    );
    const edges = new EdgeTable();
    const start = edges.addRow(5);
    edges.removeRow(start, 5);
    expect(edges.addRow(5)).to.equal(start);
  });
});

describe("the table of name prefixes", () => {
  const nameOf = (key: string): string => {
    const table = new PrefixTable(100, 500);
    return table.name(table.of(key));
  };

  it("takes the name before the number, and all of a name without", () => {
    const names = ["inc-3f2a", "add-tree-17", "x12", "read-csv-0", "sum", "('a', 1)", "a.b.c-9", "7", "-1"];
    expect(names.map(nameOf)).to.deep.equal([
      "inc",
      "add-tree",
      "x",
      "read-csv",
      "sum",
      "",
      "a.b.c",
      "",
      "-",
    ]);
  });

  it("gives keys of one prefix one number, in whatever order they come", () => {
    const table = new PrefixTable(100, 500);
    const numbers = ["a-1", "b-1", "a-2", "ab-1", "a-33", "b-2"].map((key) => table.of(key));
    expect(numbers[0]).to.equal(numbers[2]).and.to.equal(numbers[4]);
    expect(numbers[1]).to.equal(numbers[5]);
    expect(new Set(numbers).size).to.equal(3);
  });

  it("shares one number among the rest when there are too many names, and uses those that are free", () => {
    const table = new PrefixTable(3, 500);
    const [a, b] = [table.of("a"), table.of("b")];
    for (const number of [a, b]) table.use(number);
    expect(table.of("d")).to.equal(0);
    table.drop(b);
    expect(table.of("e")).to.equal(b);
    table.use(b);
    expect(table.name(b)).to.equal("e");
    expect(table.of("b")).to.equal(0);
  });

  it("says when what was seen no longer fits the estimate", () => {
    const table = new PrefixTable(10, 500);
    const a = table.of("a");
    expect(table.observe(a, 10, 0)).to.equal(true);
    table.estimate[a] = table.mean[a]!;
    expect(table.observe(a, 12, 0)).to.equal(false);
    expect(table.observe(a, 100, 0)).to.equal(true);
  });
});

describe("the table of functions", () => {
  const named = (name: string) => ({ kind: "module", module: "m", name }) as const;

  it("keeps each function once, and says which numbers came free", () => {
    const table = new FunctionTable();
    const f = table.intern(named("f"));
    expect(table.intern(named("f"))).to.equal(f);
    const g = table.intern(named("g"));
    for (const number of [f, f, g]) table.use(number);
    table.drop(f);
    expect(table.freed).to.deep.equal([]);
    table.drop(f);
    expect(table.freed).to.deep.equal([f]);
    expect(table.intern(named("h"))).to.equal(f);
    expect(table.get(g)).to.deep.equal(named("g"));
  });

  it("tells apart functions of one name by module, digest and source", () => {
    const table = new FunctionTable();
    const numbers = [
      named("f"),
      { kind: "module", module: "n", name: "f" },
      { kind: "module", module: "m", name: "f", digest: "1" },
      { kind: "inline", name: "f", source: "() => 1" },
      { kind: "inline", name: "f", source: "() => 2" },
    ].map((each) => table.intern(each as Parameters<FunctionTable["intern"]>[0]));
    expect(new Set(numbers).size).to.equal(5);
  });
});

describe("the timers", () => {
  it("are due in order of time, none before its time", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(100)), fc.nat(100), (times, now) => {
        const timers = new Timers();
        for (const [slot, atMs] of times.entries()) timers.add({ atMs, kind: "retry", slot, stamp: 0 });
        expect(timers.nextMs).to.equal(Math.min(Infinity, ...times));
        const due: number[] = [];
        for (let timer = timers.due(now); timer !== undefined; timer = timers.due(now)) due.push(timer.atMs);
        expect(due).to.deep.equal(times.filter((atMs) => atMs <= now).sort((a, b) => a - b));
      }),
    );
  });
});

describe("the index of keys", () => {
  const key = fc.oneof(
    fc.nat(40).map((n) => `x-${n}`),
    fc.nat(40).map((n) => `longer-name-${n}`),
    fc.string({ maxLength: 3 }),
    fc.constantFrom("7", "07", "999999999", "1999999999", "a999999999999"),
  );

  it("is a map from keys to slots, whatever comes and goes", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom("add", "add", "delete"), key), { maxLength: 400 }),
        (walk) => {
          const tasks = new TaskTable();
          const index = new KeyIndex(tasks);
          const model = new Map<string, number>();
          for (const [what, each] of walk) {
            const known = model.get(each);
            expect(index.get(each)).to.equal(known ?? -1);
            if (what === "add" && known === undefined) {
              const slot = tasks.add(each, keyPlace(each));
              index.add(slot, keyPlace(each));
              model.set(each, slot);
            } else if (what === "delete" && known !== undefined) {
              index.delete(known);
              tasks.remove(known);
              model.delete(each);
            }
            expect(index.size).to.equal(model.size);
          }
          for (const [each, slot] of model) expect(index.get(each)).to.equal(slot);
        },
      ),
    );
  });

  it("grows to a hundred thousand keys and shrinks again", () => {
    const tasks = new TaskTable();
    const index = new KeyIndex(tasks);
    const keys = Array.from({ length: 100_000 }, (_, i) => (i % 2 === 0 ? `even-${i}` : `odd-${i}-end`));
    const slots = keys.map((each) => {
      const slot = tasks.add(each, keyPlace(each));
      index.add(slot, keyPlace(each));
      return slot;
    });
    for (const [i, each] of keys.entries()) expect(index.get(each)).to.equal(slots[i]);
    for (const slot of slots.slice(0, -10)) index.delete(slot);
    for (const [i, each] of keys.entries()) expect(index.get(each)).to.equal(i < 99_990 ? -1 : slots[i]);
  });
});

describe("the place of a key", () => {
  it("is near for keys that differ by a number at the end, and spread for others", () => {
    const blocks = new Set(Array.from({ length: 8 }, (_, i) => keyPlace(`x-${80 + i}`) >>> 3));
    expect(blocks.size).to.equal(1);
    const spread = new Set(Array.from({ length: 1000 }, (_, i) => (keyPlace(`name-${i}-x`) >>> 3) & 1023));
    expect(spread.size).to.be.above(550);
  });

  it("makes digests that differ when sets differ by neighbours", () => {
    const digest = (keys: readonly string[]): number =>
      keys.reduce((sum, each) => (sum ^ keyHash(each)) >>> 0, 0);
    const all = Array.from({ length: 8 }, (_, i) => `x-${i}`);
    expect(digest(all.slice(0, 4))).to.not.equal(digest([]));
    expect(digest(all)).to.not.equal(digest(all.slice(4)));
  });
});
