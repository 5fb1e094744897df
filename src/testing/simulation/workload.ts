/** The graphs of a simulation: their tasks, drawn from a seed. */

import type { Dice } from "./dice.js";
import { drawShape } from "./families.js";
import type { Faults } from "./faults.js";
import type { SimulatedTask } from "./simulated-task.js";

export interface SimulatedGraph {
  readonly id: string;
  readonly family: string;
  readonly tasks: readonly SimulatedTask[];
}

/** What the tasks of one graph have in common. */
interface Habits {
  readonly longestMs: number;
  readonly largeRate: number;
  readonly literalRate: number;
  readonly orderRate: number;
  readonly optionRate: number;
  readonly secedeRate: number;
  readonly deafRate: number;
}

export class Workload {
  readonly #dice: Dice;
  readonly #faults: Faults;
  readonly #slowness: number;
  #graphs = 0;

  constructor(dice: Dice, faults: Faults, slowness: number) {
    this.#slowness = slowness;
    this.#dice = dice;
    this.#faults = faults;
  }

  /** A graph of about `size` tasks, some of which use these keys of earlier graphs. */
  graph(size: number, externals: readonly string[]): SimulatedGraph {
    const dice = this.#dice;
    const { family, shape } = drawShape(size, dice);
    const id = `g${++this.#graphs}`;
    const habits: Habits = {
      longestMs: dice.pick([0, 1, 5, 20, 100, 400]) * this.#slowness,
      largeRate: dice.pick([0, 0.1, 0.5, 1]),
      literalRate: dice.pick([0, 0, 0.3]),
      orderRate: dice.pick([0, 0, 0.1]),
      optionRate: dice.pick([0, 0, 0.1]),
      secedeRate: dice.pick([0, 0, 0.05]),
      deafRate: dice.pick([0, 0.2]),
    };
    const keyOf = (i: number): string => `${id}-${family}-${i}`;
    const tasks = shape.map((row, i) => {
      const inputs = row.map(keyOf);
      if (externals.length > 0 && dice.chance(row.length === 0 ? 0.5 : 0.05)) {
        const external = dice.pick(externals);
        if (!inputs.includes(external)) inputs.push(external);
      }
      return this.#task(keyOf(i), inputs, i, keyOf, habits);
    });
    return { id, family, tasks };
  }

  #task(
    key: string,
    inputs: readonly string[],
    i: number,
    keyOf: (i: number) => string,
    habits: Habits,
  ): SimulatedTask {
    const dice = this.#dice;
    const { failingTasks, flakyTasks, impureTasks } = this.#faults;
    const isLiteral = inputs.length === 0 && dice.chance(habits.literalRate);
    const isLarge = dice.chance(habits.largeRate);
    const failures = isLiteral
      ? 0
      : dice.chance(failingTasks)
        ? Infinity
        : dice.chance(flakyTasks)
          ? dice.between(1, 2)
          : 0;
    const before = i > 0 && !isLiteral && dice.chance(habits.orderRate) ? [keyOf(dice.below(i))] : [];
    return {
      key,
      inputs,
      after: before.filter((other) => !inputs.includes(other)),
      salt: dice.below(2 ** 30),
      fn: dice.pick(["mix", "sum", "join"]),
      isLiteral,
      argsAreRefs: !isLiteral && inputs.length > 0 && dice.chance(0.5),
      pure: !dice.chance(impureTasks),
      durationMs: dice.next() < 0.05 ? habits.longestMs * 4 : dice.next() * habits.longestMs,
      nbytes: isLarge ? dice.between(40, 1_500) : dice.between(4, 32),
      failures,
      secedes: dice.chance(habits.secedeRate),
      isDeaf: dice.chance(habits.deafRate),
      options: isLiteral ? undefined : this.#options(failures, habits.optionRate),
    };
  }

  #options(failures: number, rate: number): SimulatedTask["options"] {
    const dice = this.#dice;
    const retries =
      Number.isFinite(failures) && failures > 0 ? { retries: failures + dice.below(2) } : undefined;
    if (!dice.chance(rate)) return failures === Infinity && dice.chance(0.3) ? { retries: 1 } : retries;
    return {
      ...retries,
      ...(dice.chance(0.3) ? { priority: dice.between(-2, 2) } : {}),
      ...(dice.chance(0.5)
        ? { workers: [`w${dice.between(1, 2)}`], allowOtherWorkers: dice.chance(0.5) }
        : {}),
      ...(dice.chance(0.3) ? { resources: { gpu: 1 } } : {}),
    };
  }
}
