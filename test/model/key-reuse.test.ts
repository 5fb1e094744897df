/**
 * A key that is let go of may be taken for another task at once, and a task that failed may be tried again. A real client core and a real scheduler core talk over
 * a link that keeps order, may hold messages back as long as it likes, and starts afresh at any time from either side:
 * whatever the interleaving, nobody is told of the new task what became of the old one, and the new one is not refused.
 * Even what the link loses without noticing is found out by comparing digests.
 */

import { expect } from "chai";
import fc from "fast-check";
import { ClientCore } from "../../src/actors/client/client.core.js";
import { defaultClientConfig } from "../../src/actors/client/config.js";
import { inlineOutcome } from "../../src/actors/client/outcome.js";
import type { ClientInstruction, ClientStimulus, Outcome } from "../../src/actors/client/stimuli.js";
import type { ClientToScheduler, Message, SchedulerToClient } from "../../src/protocol/messages.js";
import { graphOf, PuppetClient, PuppetWorker, SchedulerHarness } from "../support/scheduler-harness.js";

/** What is on its way in one direction; undefined: the link starts afresh here. */
interface Parcel<M> {
  readonly link: number;
  readonly message: M | undefined;
}

const clientPeer = "client:c:1";

/** Makes of each run the bytes of its arguments. */
class EchoWorker extends PuppetWorker {
  readonly #results = new Map<number, readonly number[]>();
  readonly #attempted = new Set<number>();

  override hear(message: Message): void {
    super.hear(message);
    if (message.kind !== "run") return;
    for (const [i, run] of message.run.entries())
      this.#results.set(run, [...message.args.subarray(message.argStart[i], message.argStart[i + 1])]);
  }

  /** Versions that `fail` fail the first time. */
  work(fail: (version: number) => boolean): void {
    for (const [run, { key }] of [...this.runs]) {
      if (!this.runs.has(run)) continue;
      const inline = this.#results.get(run) ?? [];
      const version = inline[0] as number;
      if (!fail(version) || this.#attempted.has(version)) this.doneRuns([run], { inline });
      else {
        this.#attempted.add(version);
        this.fail(key);
      }
    }
  }
}

const failsAtFirst = (version: number): boolean => version % 2 === 0;

/** The client's end of the link, and its user. */
class Conversation {
  readonly #scheduler = new SchedulerHarness();
  readonly #client = new ClientCore(defaultClientConfig);
  readonly #worker: EchoWorker;
  readonly #toClient: Parcel<SchedulerToClient>[] = [];
  readonly #toScheduler: Parcel<ClientToScheduler>[] = [];
  /** Generations of the link as each side knows them. */
  readonly #link = { client: 0, scheduler: 0 };
  #schedulers = 1;
  #submissions = 0;
  /** What each key that is held stands for. */
  readonly held = new Map<string, number>();
  readonly outcomes = new Map<string, Outcome>();
  readonly retried = new Set<number | undefined>();

  constructor() {
    const puppet = new PuppetClient(this.#scheduler, clientPeer, "c");
    puppet.hear = (message) => {
      this.#toClient.push({ link: this.#link.scheduler, message: message as SchedulerToClient });
    };
    this.#worker = new EchoWorker(this.#scheduler, "worker:w:1", "w", { threads: 2 });
    this.#scheduler.clients.push(puppet);
    this.#scheduler.workers.push(this.#worker);
    this.#meet();
  }

  submit(key: string): void {
    if (this.held.has(key)) return;
    const version = ++this.#submissions;
    this.held.set(key, version);
    const graphId = `g${version}`;
    this.#tell({ type: "submit", parts: [graphOf([{ key, args: [version] }], { graphId })], wants: [key] });
  }

  release(key: string): void {
    this.outcomes.delete(key);
    if (this.held.delete(key)) this.#tell({ type: "release", keys: [key] });
  }

  cancel(key: string): void {
    if (this.held.has(key)) this.#tell({ type: "cancel", keys: [key], reason: "no more" });
  }

  retry(key: string): void {
    if (this.outcomes.get(key)?.state !== "error") return;
    this.outcomes.delete(key);
    this.retried.add(this.held.get(key));
    this.#tell({ type: "retry", keys: [key] });
  }

  work(): void {
    this.#worker.work(failsAtFirst);
  }

  /** The next message comes to the client. */
  hear(): boolean {
    const parcel = this.#toClient.shift();
    if (parcel === undefined) return false;
    const { link, message } = parcel;
    if (message !== undefined && link === this.#link.client)
      this.#tell({ type: "message", from: this.#peer, message });
    else if (message === undefined && link > this.#link.client) {
      this.#link.client = link;
      this.#tell({ type: "linkReset", peer: this.#peer });
    }
    return true;
  }

  /** The link loses what the scheduler has said, and does not know. */
  lose(): void {
    if (this.#toClient[0]?.message?.kind === "status") this.#toClient.shift();
  }

  /** The next message comes to the scheduler. */
  arrive(): boolean {
    const parcel = this.#toScheduler.shift();
    if (parcel === undefined) return false;
    const { link, message } = parcel;
    if (message !== undefined && link === this.#link.scheduler)
      this.#scheduler.feed({ type: "message", from: clientPeer, message });
    else if (message === undefined && link > this.#link.scheduler) {
      this.#link.scheduler = link;
      this.#scheduler.feed({ type: "linkReset", peer: clientPeer });
    }
    return true;
  }

  /** The link starts afresh: what was on its way is lost, and each side says all it has to say again. */
  resetFromClient(): void {
    this.#link.client = this.#lostLink();
    this.#toScheduler.push({ link: this.#link.client, message: undefined });
    this.#tell({ type: "linkReset", peer: this.#peer });
  }

  resetFromScheduler(): void {
    this.#link.scheduler = this.#lostLink();
    this.#toClient.push({ link: this.#link.scheduler, message: undefined });
    this.#scheduler.feed({ type: "linkReset", peer: clientPeer });
  }

  /**
   * Another scheduler takes over, which knows nothing, and is told everything. Until its grace is over the key is all that
   * is known of what workers have: whoever takes a key again between the one scheduler and the other is not spoken of here.
   */
  takeOver(): void {
    this.#exchange();
    const link = this.#lostLink();
    this.#link.client = link;
    this.#link.scheduler = link;
    const before = this.#peer;
    const epoch = ++this.#schedulers;
    this.#scheduler.replaceScheduler({ epoch, recovering: true });
    this.#tell({ type: "peerLost", peer: before, why: "silent" });
    this.#meet();
    while (this.arrive()) continue;
    this.#scheduler.advance(4_000);
  }

  /** Everything arrives, and all that is to be done is done. */
  settle(): void {
    // Two beats must differ before anything is asked for, and the first one is not in quiet.
    for (let round = 0; round < 7; round++) {
      this.#exchange();
      this.work();
      this.#scheduler.advance(5_000);
      this.#tell({ type: "tick" });
    }
    while (this.hear()) continue;
  }

  /** All that is on its way arrives, and what is said to that. */
  #exchange(): void {
    for (let moves = true; moves;) {
      moves = this.arrive();
      moves = this.hear() || moves;
    }
  }

  get tasksKept(): number {
    return this.#scheduler.core.stats().tasks;
  }

  get #peer(): string {
    return `scheduler:s:${this.#schedulers}`;
  }

  /** The number of the next link; what was on its way on this one is lost. */
  #lostLink(): number {
    this.#toClient.length = 0;
    this.#toScheduler.length = 0;
    return Math.max(this.#link.client, this.#link.scheduler) + 1;
  }

  #meet(): void {
    const hello = { kind: "hello", role: "scheduler", name: "s", versions: [1, 1] } as const;
    for (const each of [...this.#scheduler.clients, ...this.#scheduler.workers])
      this.#scheduler.connect(each);
    this.#worker.register();
    this.#tell({ type: "peerUp", peer: this.#peer, hello });
  }

  #tell(stimulus: ClientStimulus): void {
    this.#client.handle(stimulus, this.#scheduler.now);
    this.#client.validate();
    for (const instruction of this.#client.drain()) this.#perform(instruction);
  }

  #perform(instruction: ClientInstruction): void {
    switch (instruction.type) {
      case "send":
        this.#toScheduler.push({
          link: this.#link.client,
          message: instruction.message as ClientToScheduler,
        });
        return;
      case "settled":
        return this.#settled(instruction.key, instruction.outcome);
      case "finished":
        for (const row of instruction.rows)
          this.#settled(instruction.keys[row]!, inlineOutcome(instruction.values, row));
        return;
      case "refused":
        throw new Error(`refused: ${instruction.error.error.message}`);
      default:
        return;
    }
  }

  #settled(key: string, outcome: Outcome): void {
    this.outcomes.set(key, outcome);
    if (outcome.state !== "finished") return;
    expect([...(outcome.located.inline ?? [])], `the value of ${key}`).to.deep.equal([this.held.get(key)]);
  }
}

const keys = ["a", "b"] as const;

const moves = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ what: fc.constant("submit" as const), key: fc.constantFrom(...keys) }),
    },
    {
      weight: 5,
      arbitrary: fc.record({ what: fc.constant("release" as const), key: fc.constantFrom(...keys) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ what: fc.constant("cancel" as const), key: fc.constantFrom(...keys) }),
    },
    {
      weight: 3,
      arbitrary: fc.record({ what: fc.constant("retry" as const), key: fc.constantFrom(...keys) }),
    },
    { weight: 5, arbitrary: fc.record({ what: fc.constant("arrive" as const) }) },
    { weight: 5, arbitrary: fc.record({ what: fc.constant("hear" as const) }) },
    { weight: 4, arbitrary: fc.record({ what: fc.constant("work" as const) }) },
    { weight: 1, arbitrary: fc.record({ what: fc.constant("resetFromClient" as const) }) },
    { weight: 1, arbitrary: fc.record({ what: fc.constant("resetFromScheduler" as const) }) },
    { weight: 1, arbitrary: fc.record({ what: fc.constant("takeOver" as const) }) },
    { weight: 1, arbitrary: fc.record({ what: fc.constant("lose" as const) }) },
  ),
  { minLength: 10, maxLength: 60, size: "max" },
);

/** More for those who look for what is rare. */
const numRuns = Number(process.env["MODEL_RUNS"] ?? 500);

describe("A key that is taken again for another task", () => {
  it("settles with what became of that one, whatever was on its way", function () {
    this.timeout(numRuns * 100);
    fc.assert(
      fc.property(moves, (walk) => {
        const talk = new Conversation();
        const cancelled = new Set<number | undefined>();
        for (const move of walk) {
          if (move.what === "cancel") cancelled.add(talk.held.get(move.key));
          if ("key" in move) talk[move.what](move.key);
          else talk[move.what]();
        }
        talk.settle();
        for (const [key, version] of talk.held) {
          const state = talk.outcomes.get(key)?.state;
          const may = ["finished"];
          // What was cancelled and forgotten cannot be tried again.
          if (cancelled.has(version)) may.push("cancelled", "lost");
          if (failsAtFirst(version) && !talk.retried.has(version)) may.push("error");
          expect(state, key).to.be.oneOf(may);
        }
        for (const key of keys) talk.release(key);
        talk.settle();
        expect(talk.tasksKept).to.equal(0);
      }),
      { numRuns },
    );
  });
});
