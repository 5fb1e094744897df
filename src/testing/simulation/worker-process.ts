/**
 * A worker of a simulated cluster, and its supervisor: when the process ends, the next one starts under the same name
 * with nothing in its hands; when it is told that its incarnation is dead, the next one has what that one had finished.
 */

import { ActorShell } from "../../actors/runtime/actor-shell.js";
import type { Gift } from "../../actors/worker/gift.js";
import { defaultWorkerConfig, type WorkerConfig } from "../../actors/worker/config.js";
import type { WorkerInstruction, WorkerStimulus } from "../../actors/worker/stimuli.js";
import { WorkerCore } from "../../actors/worker/worker.core.js";
import { peerId, type PeerId } from "../../protocol/addresses.js";
import { spokenVersions } from "../../protocol/envelope.js";
import type { ByteStore } from "./byte-store.js";
import { Executor } from "./executor.js";
import { InvariantBroken } from "./ledger.js";
import type { Process } from "./process.js";
import type { BusPost } from "./virtual-bus.js";
import { WatchedCore } from "./watched-core.js";
import type { World } from "./world.js";

const restartMs = 300;
const leaveCheckMs = 20;

interface Life {
  readonly id: PeerId;
  readonly process: Process;
  readonly post: BusPost;
  readonly core: WorkerCore;
  readonly executor: Executor;
  /** It is silent for so long that it will be given up, whatever else happens. */
  isAway: boolean;
  shell: ActorShell<WorkerStimulus, WorkerInstruction> | undefined;
}

/** What an incarnation that was given up leaves to the next one. */
interface Legacy {
  readonly replaces: NonNullable<WorkerConfig["replaces"]>;
  readonly gifts: readonly Gift[];
  readonly store: ByteStore;
}

export class WorkerProcess {
  readonly name: string;
  readonly config: WorkerConfig;
  /** The incarnation there is now; none between two, and after it has left. */
  life: Life | undefined;
  isDraining = false;
  hasLeft = false;
  readonly #world: World;
  /** The newest term that was heard of (I1). */
  #epochHeard = 0;

  constructor(world: World, name: string, config: Partial<WorkerConfig>) {
    this.#world = world;
    this.name = name;
    this.config = {
      ...defaultWorkerConfig,
      chunkBytes: 300,
      creditBytes: 600,
      fetchBatchBytes: 2_000,
      fetchesOut: 4,
      fetchesIn: 2,
      ...config,
      name,
    };
  }

  async start(legacy?: Legacy): Promise<void> {
    const world = this.#world;
    const { timing, limits, codec, resend, address, trace, validateEvery } = world;
    const id = peerId("worker", this.name, world.incarnation());
    const process = world.process(id);
    const { threads, concurrency, memoryLimitBytes } = this.config;
    const inherited = legacy === undefined ? {} : { replaces: legacy.replaces, gifts: legacy.gifts };
    const core = new WorkerCore({ ...this.config, ...inherited });
    world.ledger.giftsOffered += legacy?.gifts.length ?? 0;
    const executor = new Executor({
      worker: this.name,
      threads,
      concurrency,
      memoryLimitBytes,
      ...(legacy === undefined ? {} : { store: legacy.store }),
      inlineResultBytes: world.inlineResultBytes,
      clock: {
        ...process.clock,
        setTimer: (atMs, run) => process.clock.setTimer(atMs, () => world.guard(run)),
      },
      dice: world.dice.split(id),
      oracle: world.oracle,
      ledger: world.ledger,
      tell: (stimulus) => life.shell?.tell(stimulus),
      send: (to, message) => life.shell?.send(to, message),
    });
    const post = world.bus.connect(process);
    const life: Life = { id, process, post, core, executor, isAway: false, shell: undefined };
    this.life = life;
    life.shell = await ActorShell.start<WorkerStimulus, WorkerInstruction>({
      id,
      hello: { kind: "hello", role: "worker", name: this.name, versions: spokenVersions },
      core: new WatchedCore<WorkerStimulus, WorkerInstruction>(core, {
        name: id,
        trace,
        validateEvery: Math.min(4, validateEvery),
        onStimulus: (stimulus) => this.#hear(life, stimulus),
      }),
      post: life.post,
      address,
      clock: process.clock,
      perform: (instruction) => {
        if (instruction.type === "left") world.later(0, () => this.#leaveWhenIdle(life));
        else executor.perform(instruction);
      },
      beforeTick: () => executor.observe(),
      onConfirmed: (peer, sinceMs) => {
        if (peer === world.leader) life.shell?.tell({ type: "heard", sinceMs });
      },
      onFailed: world.fail,
      timing,
      limits,
      codec,
      resend,
      validate: validateEvery === 1,
    });
    if (this.life !== life) return;
    executor.start();
    if (world.leader !== undefined) this.meet(world.leader);
  }

  /** There is a scheduler. */
  meet(scheduler: PeerId): void {
    const { life } = this;
    life?.process.enter(() => life.shell?.link(scheduler));
  }

  crash(): void {
    this.#end();
    this.#restart();
  }

  drain(): void {
    const { life } = this;
    if (life === undefined || this.isDraining) return;
    this.isDraining = true;
    life.process.enter(() => life.shell?.tell({ type: "drain", reason: "told to" }));
  }

  #hear(life: Life, stimulus: WorkerStimulus): void {
    const world = this.#world;
    if (stimulus.type === "message") {
      const epoch = world.epochs.get(stimulus.from);
      if (epoch !== undefined && epoch < this.#epochHeard)
        throw new InvariantBroken("I1", `${life.id} listens to term ${epoch} after ${this.#epochHeard}`);
      this.#epochHeard = epoch ?? this.#epochHeard;
    }
    const isDead = stimulus.type === "stale" && stimulus.why === "dead";
    const isLost = stimulus.type === "peerLost" && stimulus.peer === world.leader;
    const isFromLeader = isLost || (isDead && stimulus.from === world.leader);
    if (!isFromLeader) return;
    world.later(0, () => {
      if (this.life !== life) return;
      if (this.isDraining && isLost) this.#leaveWhenIdle(life);
      else this.#beginAnew(life);
    });
  }

  #beginAnew(life: Life): void {
    const gifts = life.core.gifts();
    const replaces = { peer: life.id, how: "given up" };
    const legacy = { replaces, gifts, store: life.executor.leave(gifts) };
    this.#end();
    this.#restart(legacy);
  }

  /** It was dismissed, or nobody needs it; it hands out what is being fetched before it goes. */
  #leaveWhenIdle(life: Life): void {
    if (this.life !== life) return;
    if (!life.core.left()) {
      this.#world.later(leaveCheckMs, () => this.#leaveWhenIdle(life));
      return;
    }
    this.hasLeft = true;
    this.#end();
  }

  #end(): void {
    const { life } = this;
    if (life === undefined) return;
    this.life = undefined;
    this.#world.workersLost++;
    this.#world.lostAtMs = this.#world.clock.now();
    life.process.kill();
    void life.shell?.kill();
  }

  #restart(legacy?: Legacy): void {
    this.isDraining = false;
    this.#epochHeard = 0;
    this.#world.later(restartMs, () => {
      if (this.life === undefined && !this.hasLeft) this.#world.launch(() => this.start(legacy));
    });
  }
}
