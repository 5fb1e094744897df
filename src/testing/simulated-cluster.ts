/**
 * A whole cluster from one number: the real cores of scheduler, workers and clients, the real links between them, on a
 * virtual clock and a faulty bus. The same seed gives the same cluster, the same faults and the same end, every time.
 */

import { Dice } from "./simulation/dice.js";
import { drawFaults, faultNames, noFaults, type FaultName } from "./simulation/faults.js";
import { graphOf } from "./simulation/given-graph.js";
import { InvariantBroken } from "./simulation/ledger.js";
import { checkSimulationOptions, type SimulationOptions } from "./simulation/options.js";
import { reportOf } from "./simulation/report.js";
import { Simulation } from "./simulation/simulation.js";

export interface SimulationResult {
  readonly seed: number;
  readonly outcome: "ok" | "failed";
  /** What went wrong, with how to see it again. */
  readonly report?: string;
  readonly invariant?: string;
  /** The same for every run of the same seed. */
  readonly traceHash: string;
  readonly steps: number;
  readonly virtualMs: number;
  readonly tasks: number;
  readonly runs: number;
  /** Values that workers came back with which had been given up, and those of them that were taken. */
  readonly gifts: { readonly offered: number; readonly taken: number };
  readonly messages: number;
  /** Futures by how they ended. */
  readonly futures: Readonly<Record<string, number>>;
  readonly faults: readonly FaultName[];
}

/** Runs simulated clusters. */
export const SimulatedCluster = {
  /**
   * What becomes of the cluster that `seed` stands for. Never rejects for a fault it finds: the result says so.
   *
   * @throws InvalidArgumentError for options that are unknown, or of the wrong kind or range.
   *
   * Costs 10 to 200 ms of real time. No real clock, chance, file or thread takes part in it.
   */
  async run(options: SimulationOptions): Promise<SimulationResult> {
    checkSimulationOptions(options);
    const { seed, graph, wants, schedulers = 1 } = options;
    const dice = new Dice(seed).split("plan");
    const drawn = drawFaults(dice.split("faults"));
    const given = options.faults ?? "drawn";
    const chosen = given === "drawn" ? drawn : { ...noFaults, ...given };
    const faults =
      schedulers > 1 ? { ...chosen, takeOvers: Math.max(chosen.takeOvers, schedulers - 1) } : chosen;
    const busy = options.busy ?? dice.split("busy").chance(0.6);
    const large = dice.chance(0.1);
    const simulation = new Simulation({
      seed,
      faults,
      workers: options.workers ?? dice.between(1, 4),
      tasks: options.tasks ?? (large ? dice.between(120, 500) : dice.between(50, 120)),
      graph: graph === undefined ? undefined : graphOf(graph, wants, dice.split("graph")),
      busy,
      safetyMs: 500 + dice.next() * (dice.chance(0.3) ? 20_000 : 6_000) * (busy ? 0.5 : 1),
    });
    let failure: { readonly report: string; readonly invariant: string } | undefined;
    try {
      await simulation.run();
    } catch (error) {
      failure = {
        report: reportOf(simulation, error),
        invariant: error instanceof InvariantBroken ? error.invariant : "core",
      };
    }
    const { world, clients } = simulation.cluster;
    const futures: Record<string, number> = {};
    for (const client of clients) {
      for (const end of client.ends) futures[end] = (futures[end] ?? 0) + 1;
    }
    return {
      seed,
      outcome: failure === undefined ? "ok" : "failed",
      ...failure,
      traceHash: world.trace.hash,
      steps: world.trace.steps,
      virtualMs: world.clock.now(),
      tasks: world.oracle.tasks.size,
      runs: world.ledger.runsBegun,
      gifts: { offered: world.ledger.giftsOffered, taken: world.ledger.giftsTaken },
      messages: world.bus.sent,
      futures,
      faults: faultNames(faults),
    };
  },
};
