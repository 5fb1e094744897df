/** The scheduler of a simulated cluster: one at a time, but for those that do not know yet that they are deposed. */

import { ActorShell } from "../../actors/runtime/actor-shell.js";
import { SchedulerCore } from "../../actors/scheduler/scheduler.core.js";
import type { SchedulerInstruction, SchedulerStimulus } from "../../actors/scheduler/stimuli.js";
import { peerId, type PeerId } from "../../protocol/addresses.js";
import { spokenVersions } from "../../protocol/envelope.js";
import { InvariantBroken } from "./ledger.js";
import type { Process } from "./process.js";
import type { BusPost } from "./virtual-bus.js";
import { WatchedCore } from "./watched-core.js";
import type { World } from "./world.js";

export class SchedulerProcess {
  readonly id: PeerId;
  readonly epoch: number;
  readonly core: SchedulerCore;
  readonly process: Process;
  readonly post: BusPost;
  /** Incarnations it has given up, or was told are gone: nothing may go there any more (I9). */
  readonly #dead = new Set<PeerId>();
  #hasLed = false;
  #giftsTaken = 0;
  readonly #world: World;
  #shell: ActorShell<SchedulerStimulus, SchedulerInstruction> | undefined;

  /** @param epoch its term; from the second on it has tables to fill again. */
  constructor(world: World, epoch: number) {
    this.#world = world;
    this.epoch = epoch;
    this.id = peerId("scheduler", "s", world.incarnation());
    const seed = world.dice.split(`scheduler ${epoch}`).below(2 ** 31);
    this.core = new SchedulerCore({
      epoch,
      seed,
      recovering: epoch > 1,
      config: { storyLimit: 4_096, speculate: world.dice.split("speculate").chance(0.3) },
    });
    world.epochs.set(this.id, epoch);
    this.process = world.process(this.id);
    this.post = world.bus.connect(this.process);
  }

  async start(): Promise<void> {
    const { timing, limits, codec, resend, address, trace, validateEvery, fail } = this.#world;
    this.#shell = await ActorShell.start<SchedulerStimulus, SchedulerInstruction>({
      id: this.id,
      hello: { kind: "hello", role: "scheduler", name: "s", versions: spokenVersions },
      core: new WatchedCore<SchedulerStimulus, SchedulerInstruction>(this.core, {
        name: this.id,
        trace,
        validateEvery,
        onStimulus: (stimulus) => this.#hear(stimulus),
        onDrained: (instructions) => this.#look(instructions),
      }),
      post: this.post,
      address,
      clock: this.process.clock,
      perform: () => undefined,
      onFailed: fail,
      timing,
      limits,
      codec,
      resend,
      validate: validateEvery === 1,
    });
  }

  /** Whether nothing that comes from this incarnation counts any more. */
  hasGivenUp(peer: PeerId): boolean {
    return this.#dead.has(peer);
  }

  get isAlive(): boolean {
    return this.process.state !== "dead";
  }

  crash(): void {
    this.process.kill();
    void this.#shell?.kill();
  }

  #hear(stimulus: SchedulerStimulus): void {
    if (stimulus.type === "peerLost") this.#dead.add(stimulus.peer);
    // Another leads. What is left to do is to end.
    if (stimulus.type === "stale") this.#world.later(0, () => this.crash());
  }

  #look(instructions: readonly SchedulerInstruction[]): readonly SchedulerInstruction[] {
    for (const instruction of instructions) {
      if (instruction.type === "forget") this.#dead.add(instruction.peer);
      const isToDead = instruction.type === "send" && this.#dead.has(instruction.to);
      // To a client that said goodbye in this very turn an answer may be under way.
      if (isToDead && instruction.to.startsWith("worker:")) {
        throw new InvariantBroken(
          "I9",
          `a ${instruction.message.kind} is sent to ${instruction.to}, which is dead`,
        );
      }
    }
    this.#world.ledger.giftsTaken += this.core.giftsTaken - this.#giftsTaken;
    this.#giftsTaken = this.core.giftsTaken;
    if (this.#hasLed) return instructions;
    this.#hasLed = true;
    return [{ type: "lead", epoch: this.epoch }, ...instructions];
  }
}
