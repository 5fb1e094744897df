import { expect } from "chai";
import fc from "fast-check";
import type { Query } from "../../src/protocol/messages.js";
import { World, type Definition } from "./scheduler-world.js";

interface Move {
  readonly what: number;
  readonly a: number;
  readonly b: number;
}

/** Any small graph: each task needs some of those before it. */
const definitions = fc
  .array(
    fc.record({
      needs: fc.array(fc.nat(), { maxLength: 3 }),
      after: fc.array(fc.nat(), { maxLength: 1 }),
      kind: fc.nat(19),
    }),
    { minLength: 1, maxLength: 14 },
  )
  .map((rows) =>
    rows.map(({ needs, after, kind }, i): Definition => {
      const keyAt = (n: number): string => `t${n % i}`;
      const data = i === 0 || kind === 0 ? [] : [...new Set(needs.map(keyAt))];
      const control =
        i === 0 || kind === 0 ? [] : [...new Set(after.map(keyAt))].filter((key) => !data.includes(key));
      return {
        key: `t${i}`,
        needs: data,
        after: control,
        pure: kind % 4 !== 1,
        ...(kind === 0 ? { literal: [i] } : {}),
        ...(kind === 19 ? { poison: true } : {}),
        ...(kind === 18 ? { options: { retries: 2 } } : {}),
        ...(kind === 17 ? { options: { resources: { gpu: 1 } } } : {}),
        ...(kind === 16 ? { options: { workers: ["w1"], allowOtherWorkers: true } } : {}),
        ...(kind === 15 ? { options: { workers: ["w1", "w2"] } } : {}),
      };
    }),
  );

const moves = fc.array(fc.record({ what: fc.nat(99), a: fc.nat(1000), b: fc.nat(1000) }), { maxLength: 120 });

function move(world: World, { what, a, b }: Move): void {
  const worker = world.workers[a % Math.max(1, world.workers.length)];
  const client = world.clients[a % Math.max(1, world.clients.length)];
  const key = world.definitions[b % world.definitions.length]!.key;
  if (what < 12) {
    if (client === undefined) world.addClient();
    else world.submit(client, [key, world.definitions[(b >> 4) % world.definitions.length]!.key]);
  } else if (what < 40) {
    if (worker?.registered === true && !worker.deaf) world.work(worker, b, what % 3 === 0);
  } else if (what < 45) {
    if (client?.wants.delete(key) === true) world.release(client, [key]);
  } else if (what < 48) {
    if (client?.wants.has(key) === true)
      world.say(client.peer, { kind: "cancel", keys: [key], reason: "test" });
  } else if (what < 50) {
    if (client?.wants.get(key) === "error") {
      client.wants.set(key, "pending");
      world.retry(client, [key]);
    }
  } else if (what < 52) world.addClient();
  else if (what < 54) {
    if (client !== undefined) world.loseClient(client);
  } else if (what < 58) {
    if (world.workers.length < 4) world.register(world.addWorker(`w${b % 5}`));
  } else if (what < 61) {
    if (worker !== undefined) world.loseWorker(worker, b % 3 === 0 ? "bye" : "nobody");
  } else if (what < 64) world.comeBack(b);
  else if (what < 68) {
    if (worker !== undefined) world.fail(worker, b, (["user", "killed", "oom", "lost"] as const)[what % 4]!);
  } else if (what < 72) {
    if (worker !== undefined) world.zombie(worker, b);
  } else if (what < 74) {
    if (worker !== undefined) world.repeat(worker, b);
  } else if (what < 76) {
    if (worker !== undefined) world.drop(worker, b);
  } else if (what < 78) {
    if (worker !== undefined) world.handBack(worker, b);
  } else if (what < 80) {
    if (worker !== undefined) world.leave(worker);
  } else if (what < 82) {
    if (worker !== undefined) worker.deaf = true;
  } else if (what < 85) {
    if (worker?.registered === true) world.resetLink(worker);
  } else if (what < 89) {
    const runs = worker === undefined ? [] : [...worker.runs.keys()];
    if (worker !== undefined && runs.length > 0) {
      world.say(worker.peer, { kind: "started", runs: Float64Array.of(runs[b % runs.length]!) });
    }
  } else if (what < 91) {
    if (client?.wants.get(key) === "finished") {
      // It asks in vain: the holder it names may or may not have it.
      client.wants.set(key, "pending");
      const held = worker === undefined ? [] : [...worker.held].filter(([, each]) => each === key);
      world.spoiled.add(key);
      world.say(client.peer, {
        kind: "unavailable",
        key,
        run: held[0]?.[0] ?? 0,
        holders: worker === undefined ? [] : [worker.peer],
      });
    }
  } else if (what < 92) world.takeOver();
  else if (what < 93) {
    if (worker !== undefined) world.secede(worker, b);
  } else if (what < 95) {
    if (worker?.registered === true && !worker.deaf) world.beat(worker, b % 4 === 0);
  } else if (what < 96) {
    if (client?.wants.has(key) === true)
      world.say(client.peer, { kind: "want", keys: [key], detached: true });
  } else if (what < 97) {
    const name = `name${b % 2}`;
    const type = b % 3 === 0 ? "unpublish" : "publish";
    if (client?.wants.has(key) !== true) return;
    const asked = type === "publish" ? { type, name, keys: [key], meta: null } : ({ type, name } as const);
    world.say(client.peer, { kind: "query", id: b, what: asked as Query["what"] });
  } else world.advance(b);
  world.settleLater();
}

/** No more faults: whatever is wanted must come to its end. */
function heal(world: World): void {
  for (const name of ["w1", "w2"]) world.register(world.addWorker(name));
  if (world.clients.length === 0) world.addClient();
  for (const name of ["name0", "name1"]) {
    world.say(world.clients[0]!.peer, { kind: "query", id: 0, what: { type: "unpublish", name } });
  }
  for (const worker of world.workers) if (worker.deaf || !worker.registered) world.resetLink(worker);
  world.settleLater();
  for (let round = 0; round < 400; round++) {
    for (const name of ["w1", "w2"]) {
      if (!world.workers.some((each) => each.name === name)) world.register(world.addWorker(name));
    }
    let busy = false;
    for (const worker of [...world.workers]) busy = world.work(worker, round, round % 2 === 0) || busy;
    world.settleLater();
    for (const worker of [...world.workers]) world.beat(worker, false);
    world.settleLater();
    for (const { peer } of [...world.clients]) world.say(peer, { kind: "release", keys: [], nth: 0 });
    world.advance(busy ? 1 : 700);
    world.settleLater();
    const pending = world.clients
      .flatMap(({ wants }) => [...wants.values()])
      .filter((state) => state === "pending");
    if (!busy && pending.length === 0 && round > 10) return;
  }
}

/** More for those who look for what is rare. */
const numRuns = Number(process.env["MODEL_RUNS"] ?? 300);

describe("the scheduler on random walks", () => {
  it("keeps its invariants whatever comes in, and brings every wanted key to its end when faults stop", function () {
    this.timeout(numRuns * 400);
    fc.assert(
      fc.property(definitions, moves, (graph, walk) => {
        const world = new World(graph, {
          noWorkersTimeoutMs: 1e9,
          graceMs: 300,
          replicaIntervalMs: 200,
          stealMinWorkMs: 1,
          stealSaturation: 1.1,
          stealIntervalMinMs: 50,
          speculate: true,
          stragglerMinMs: 20,
        });
        world.addClient();
        world.register(world.addWorker("w0"));
        for (const each of walk) move(world, each);
        heal(world);
        for (const { wants } of world.clients) {
          for (const [key, state] of wants) {
            expect(state, `${key}: ${world.core.explain(key)}`).to.not.equal("pending");
            if (world.isPoisoned(key)) expect(state, key).to.not.equal("finished");
          }
        }
        // When everything is released nothing is left, neither here nor on the workers.
        for (const client of world.clients) world.release(client, [...client.wants.keys()]);
        world.advance(5_000);
        world.settleLater();
        expect(world.core.stats().tasks).to.equal(0);
        for (const { held, inlined } of world.workers) {
          expect([...held.keys()].filter((run) => !inlined.has(run))).to.deep.equal([]);
        }
      }),
      { numRuns },
    );
  });
});
