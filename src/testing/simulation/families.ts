/** Shapes of graphs that data programs make, of about `n` tasks: row i lists the inputs of task i, all before it. */

import type { Dice } from "./dice.js";

export type Shape = readonly (readonly number[])[];

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

function independent(n: number): Shape {
  return range(n).map(() => []);
}

function chains(n: number, dice: Dice): Shape {
  const count = dice.between(1, 6);
  return range(n).map((i) => (i < count ? [] : [i - count]));
}

function tree(n: number, dice: Dice): Shape {
  const arity = dice.between(2, 8);
  const rows: number[][] = range(Math.ceil((n * (arity - 1)) / arity)).map(() => []);
  let items = range(rows.length);
  while (items.length > 1) {
    const next: number[] = [];
    for (let i = 0; i < items.length; i += arity) next.push(rows.push(items.slice(i, i + arity)) - 1);
    items = next;
  }
  return rows;
}

/** Cell i of a step needs its neighbours of the step before. */
function lattice(n: number, dice: Dice): Shape {
  const width = dice.between(3, 12);
  return range(n).map((i) => {
    const column = i % width;
    if (i < width) return [];
    return [column - 1, column, column + 1]
      .filter((c) => c >= 0 && c < width)
      .map((c) => i - column - width + c);
  });
}

/** Every output needs a piece of every input. */
function shuffle(n: number, dice: Dice): Shape {
  const width = Math.max(2, Math.min(dice.between(3, 9), Math.floor(Math.sqrt(n))));
  const rows: number[][] = range(width).map(() => []);
  const pieces = range(width).map((input) => range(width).map(() => rows.push([input]) - 1));
  for (let output = 0; output < width; output++) rows.push(pieces.map((each) => each[output] as number));
  return rows;
}

function randomDag(n: number, dice: Dice): Shape {
  const reach = dice.between(3, 40);
  return range(n).map((i) => {
    const inputs = new Set<number>();
    const count = i === 0 ? 0 : dice.below(4);
    for (let k = 0; k < count; k++) inputs.add(i - 1 - dice.below(Math.min(i, reach)));
    return [...inputs];
  });
}

function diamonds(n: number, dice: Dice): Shape {
  const width = dice.between(2, 6);
  const rows: number[][] = [[]];
  while (rows.length < n) {
    const top = rows.length - 1;
    const sides = range(width).map(() => rows.push([top]) - 1);
    rows.push(sides);
  }
  return rows;
}

function fanOutFanIn(n: number, dice: Dice): Shape {
  const rows: number[][] = [[]];
  const middle = range(Math.max(2, n - 4)).map(() => rows.push([0]) - 1);
  for (let i = 0; i < dice.between(1, 3); i++) rows.push(middle);
  return rows;
}

const families: Readonly<Record<string, (n: number, dice: Dice) => Shape>> = {
  independent,
  chains,
  tree,
  lattice,
  shuffle,
  randomDag,
  diamonds,
  fanOutFanIn,
};

/** A shape of about `n` tasks, with the name of its family. */
export function drawShape(n: number, dice: Dice): { readonly family: string; readonly shape: Shape } {
  const family = dice.pick(Object.keys(families));
  return { family, shape: (families[family] as (n: number, dice: Dice) => Shape)(n, dice) };
}
