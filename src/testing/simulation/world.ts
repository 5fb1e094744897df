/** What all parts of a simulated cluster share: time, chance, the bus, the books; and who leads at the moment. */

import type { PeerId } from "../../protocol/addresses.js";
import { mailboxName } from "../../protocol/addresses.js";
import { createCodec } from "../../protocol/codec/codec.js";
import { defaultLimits, type Limits } from "../../protocol/limits.js";
import { defaultTiming } from "../../protocol/timing.js";
import { VirtualClock } from "../virtual-clock.js";
import { Dice } from "./dice.js";
import type { Faults } from "./faults.js";
import { Ledger } from "./ledger.js";
import { Oracle } from "./oracle.js";
import { Process } from "./process.js";
import { Trace } from "./trace.js";
import { VirtualBus } from "./virtual-bus.js";

const space = { prefix: "sim", cluster: "c" };

export interface WorldOptions {
  readonly seed: number;
  readonly faults: Faults;
}

export class World {
  readonly seed: number;
  readonly dice: Dice;
  readonly faults: Faults;
  readonly clock = new VirtualClock();
  readonly trace = new Trace();
  readonly oracle = new Oracle();
  readonly ledger = new Ledger(this.oracle);
  readonly bus: VirtualBus;
  readonly codec = createCodec();
  readonly timing = defaultTiming;
  readonly limits: Limits;
  readonly resend: boolean;
  readonly validateEvery: number;
  /** Results up to this travel inside messages. */
  readonly inlineResultBytes = 32;
  /** The scheduler that everybody is told of. */
  leader: PeerId | undefined;
  /** The term of every scheduler there was. */
  readonly epochs = new Map<PeerId, number>();
  /** Worker incarnations that were lost in any way: at most so many could have died under a task. */
  workersLost = 0;
  /** When the last one was. */
  lostAtMs = -Infinity;
  /** Faults that come at times of their own are over. */
  isHealed = false;
  failure: Error | undefined;
  /** Shells that are about to start. */
  starting = 0;
  readonly #turnMs: number;
  readonly #turnDice: Dice;
  #incarnations = 0;

  constructor({ seed, faults }: WorldOptions) {
    this.seed = seed;
    this.faults = faults;
    this.dice = new Dice(seed);
    const own = this.dice.split("world");
    this.resend = own.chance(0.75);
    this.limits = own.chance(0.25)
      ? {
          ...defaultLimits,
          windowMessages: 16,
          windowBytes: 16_384,
          queuedMessages: 64,
          queuedBytes: 131_072,
        }
      : defaultLimits;
    this.#turnMs = own.chance(0.5) ? own.next() * 3 : 0;
    this.#turnDice = this.dice.split("turns");
    this.validateEvery = own.chance(0.3) ? 1 : 16;
    this.bus = new VirtualBus(this.clock, this.dice.split("bus"), faults);
  }

  readonly address = (peer: PeerId): string => mailboxName(space, peer);

  process(name: string): Process {
    const turnMs = this.#turnMs;
    return new Process(name, this.clock, () => (turnMs === 0 ? 0 : this.#turnDice.next() * turnMs));
  }

  /** Starts a process; the simulation stands still until it has. */
  launch(start: () => Promise<void>): void {
    this.starting++;
    start()
      .catch(this.fail)
      .finally(() => this.starting--);
  }

  /** A name that no incarnation has had. */
  incarnation(): string {
    return `i${++this.#incarnations}`;
  }

  /** The first thing that goes wrong ends the simulation. */
  readonly fail = (error: unknown): void => {
    this.failure ??= error instanceof Error ? error : new Error(String(error));
  };

  later(ms: number, run: () => void): void {
    this.clock.setTimer(this.clock.now() + ms, () => this.guard(run));
  }

  guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.fail(error);
    }
  }

  note(who: string, what: string, detail?: unknown): void {
    this.trace.note(this.clock.now(), who, what, 0, detail);
  }
}
