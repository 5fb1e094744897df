/** Families of graphs that data programs make, each by its size, as topologies. */

import { Builder, beside, type Topology } from "./topology.js";

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

export const independent = (n: number): Topology => range(n).map(() => []);

export const chain = (n: number): Topology => range(n).map((i) => (i === 0 ? [] : [i - 1]));

/** `leaves` loads reduced `arity` at a time; `links` tasks stand between a load and the first reducer. */
export function tree(leaves: number, arity: number, links = 0): Topology {
  const g = new Builder();
  let items = g.roots(leaves);
  for (let i = 0; i < links; i++) items = items.map((x) => g.add(x));
  g.reduce(items, arity);
  return g.rows;
}

/** Reducer over reducer, each with one more load: ((a + b) + c) + d … */
export function accumulation(n: number): Topology {
  const g = new Builder();
  let sum = g.add();
  for (let i = 1; i < n; i++) sum = g.add(sum, g.add());
  return g.rows;
}

/** Each output needs `width` neighbouring loads. */
export function slidingWindow(n: number, width: number): Topology {
  const g = new Builder();
  const x = g.roots(n);
  for (let i = 0; i + width <= n; i++) g.add(...x.slice(i, i + width));
  return g.rows;
}

/** One load that every branch uses; each branch is `links` long and ends in one common reduction. */
export function sharedRoot(branches: number, links: number, arity: number): Topology {
  const g = new Builder();
  const root = g.add();
  let items = range(branches).map(() => g.add(root, g.add()));
  for (let i = 1; i < links; i++) items = items.map((x) => g.add(x));
  g.reduce(items, arity);
  return g.rows;
}

/** `n` groups of loads, each group used by its own outputs, and all groups by one settings task. */
export function sharedSettings(groups: number, perGroup: number): Topology {
  const g = new Builder();
  const settings = g.add();
  for (let i = 0; i < groups; i++) {
    const part = range(perGroup).map(() => g.add(g.add(), settings));
    g.add(settings, ...part);
  }
  return g.rows;
}

/** Cell `i` of a step needs the cells i-1, i, i+1 of the step before. */
export function stencil1d(width: number, steps: number, periodic = false): Topology {
  const g = new Builder();
  let row = g.roots(width);
  for (let t = 0; t < steps; t++) {
    const last = row;
    row = range(width).map((i) => {
      const near = [i - 1, i, i + 1].map((j) => (periodic ? (j + width) % width : j));
      return g.add(...near.filter((j) => j >= 0 && j < width).map((j) => last[j] as number));
    });
  }
  return g.rows;
}

/** A cell needs itself and its four neighbours of the step before. */
export function stencil2d(width: number, height: number, steps: number): Topology {
  const g = new Builder();
  let cells = g.roots(width * height);
  for (let t = 0; t < steps; t++) {
    const last = cells;
    cells = range(width * height).map((c) => {
      const x = c % width;
      const y = (c - x) / width;
      const near = [c];
      if (x > 0) near.push(c - 1);
      if (x < width - 1) near.push(c + 1);
      if (y > 0) near.push(c - width);
      if (y < height - 1) near.push(c + width);
      return g.add(...near.map((j) => last[j] as number));
    });
  }
  return g.rows;
}

/** `maps` tasks, each cut into `reducers` pieces; each reducer needs its piece of every map. */
export function shuffle(maps: number, reducers: number): Topology {
  const g = new Builder();
  const pieces = g.roots(maps).map((map) => range(reducers).map(() => g.add(map)));
  for (let r = 0; r < reducers; r++) g.over(pieces.map((row) => row[r] as number));
  return g.rows;
}

/** Every output needs every input. */
export function bipartite(inputs: number, outputs: number): Topology {
  const g = new Builder();
  const x = g.roots(inputs);
  for (let i = 0; i < outputs; i++) g.over(x);
  return g.rows;
}

/** A long chain and a wide fan, both from one root, joined at the end. */
export function chainBesideFan(links: number, fan: number, joined = true): Topology {
  const g = new Builder();
  const root = g.add();
  let end = root;
  for (let i = 0; i < links; i++) end = g.add(end);
  const leaves = range(fan).map(() => g.add(g.add(root)));
  if (joined) g.over([end, ...leaves]);
  return g.rows;
}

/** One load split again and again; with `joined`, the pieces are reduced again. */
export function splitters(depth: number, arity: number, joined: boolean): Topology {
  const g = new Builder();
  let level = [g.add()];
  for (let d = 0; d < depth; d++) level = level.flatMap((x) => range(arity).map(() => g.add(x)));
  if (joined) g.reduce(level, arity);
  return g.rows;
}

/** Task (r, c) needs its upper and its left neighbour. */
export function lattice(height: number, width: number): Topology {
  return range(height * width).map((i) => [
    ...(i >= width ? [i - width] : []),
    ...(i % width > 0 ? [i - 1] : []),
  ]);
}

/** Blocks that trade borders with their neighbours; `dressed` with a load before and a trim after each. */
export function mapOverlap(n: number, dressed = true): Topology {
  const g = new Builder();
  const blocks = g.roots(n).map((load) => (dressed ? g.add(load) : load));
  const parts = blocks.map((b) => [b]);
  for (let i = 0; i + 1 < n; i++) {
    parts[i]!.push(g.add(blocks[i + 1]!));
    parts[i + 1]!.push(g.add(blocks[i]!));
  }
  for (const part of parts) {
    const joined = g.over(part);
    if (dressed) g.add(joined);
  }
  return g.rows;
}

/** x - x.mean(), block by block; with `reduced`, the differences are reduced again. */
export function anomaly(blocks: number, arity: number, reduced: boolean): Topology {
  const g = new Builder();
  const x = g.roots(blocks);
  const mean = g.reduce(
    x.map((b) => g.add(b)),
    arity,
  );
  const differences = x.map((b) => g.add(b, mean));
  if (reduced) g.reduce(differences, arity);
  return g.rows;
}

/** Means of `groups` interleaved groups, taken off their members, and the differences reduced. */
export function groupAnomaly(blocks: number, groups: number): Topology {
  const g = new Builder();
  const x = g.roots(blocks);
  const means = range(groups).map((k) => g.over(x.filter((_, i) => i % groups === k).map((b) => g.add(b))));
  g.reduce(
    x.map((b, i) => g.add(g.add(b, g.add(means[i % groups] as number)))),
    4,
  );
  return g.rows;
}

/** Two collections zipped block by block, each `mapped` or as loaded, then reduced. */
export function zipped(blocks: number, arity: number, mapped = true): Topology {
  const g = new Builder();
  const block = (): number => (mapped ? g.add(g.add()) : g.add());
  g.reduce(
    range(blocks).map(() => g.add(block(), block())),
    arity,
  );
  return g.rows;
}

/** Three means of two zipped collections: of the squares of each, and of their product. */
export function moments(blocks: number, arity: number): Topology {
  const g = new Builder();
  const u = g.roots(blocks);
  const v = g.roots(blocks);
  const map = (of: readonly (readonly number[])[]) => of.map((needs) => g.add(...needs));
  g.reduce(map(u.map((x) => [x])), arity);
  g.reduce(map(v.map((x) => [x])), arity);
  g.reduce(map(u.map((x, i) => [x, v[i] as number])), arity);
  return g.rows;
}

/** Tall-skinny singular values: blocks factored, the small factors stacked and factored, the blocks corrected. */
export function tallSkinnySvd(blocks: number): Topology {
  const g = new Builder();
  const qr = g.roots(blocks).map((x) => g.add(x));
  const q = qr.map((x) => g.add(x));
  const stacked = g.over(qr.map((x) => g.add(x)));
  const inner = g.add(stacked);
  const svd = g.add(g.add(inner));
  const q2 = g.add(inner);
  const [u, s, v] = [g.add(svd), g.add(svd), g.add(svd)];
  g.add(s);
  g.add(v);
  for (const block of q) g.add(g.add(block, g.add(q2)), u);
  return g.rows;
}

/** The block product of two n × n block matrices, each sum taken one term at a time or as a tree. */
export function product(n: number, arity = n): Topology {
  const g = new Builder();
  const a = g.roots(n * n);
  const b = g.roots(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      g.reduce(
        range(n).map((k) => g.add(a[i * n + k] as number, b[k * n + j] as number)),
        arity,
      );
    }
  }
  return g.rows;
}

/** The block Cholesky factorisation of an n × n block matrix. */
export function cholesky(n: number): Topology {
  const g = new Builder();
  const block = range(n).map((i) => range(i + 1).map(() => g.add()));
  const at = (i: number, j: number): number => block[i]![j]!;
  for (let k = 0; k < n; k++) {
    block[k]![k] = g.add(at(k, k));
    for (let i = k + 1; i < n; i++) block[i]![k] = g.add(at(i, k), at(k, k));
    for (let i = k + 1; i < n; i++) {
      for (let j = k + 1; j <= i; j++) block[i]![j] = g.add(at(i, j), at(i, k), at(j, k));
    }
  }
  return g.rows;
}

/** Diamonds in a row: split in `width`, join, split again. */
export function diamonds(count: number, width: number): Topology {
  const g = new Builder();
  let x = g.add();
  for (let i = 0; i < count; i++) x = g.over(range(width).map(() => g.add(x)));
  return g.rows;
}

/** The data flow of a fast Fourier transform of 2^bits points. */
export function butterfly(bits: number): Topology {
  const g = new Builder();
  let row = g.roots(1 << bits);
  for (let b = 0; b < bits; b++) {
    const last = row;
    row = range(1 << bits).map((i) => g.add(last[i] as number, last[i ^ (1 << b)] as number));
  }
  return g.rows;
}

/** A pyramid: each row one shorter, each task over two neighbours. */
export function pyramid(base: number): Topology {
  const g = new Builder();
  let row = g.roots(base);
  while (row.length > 1)
    row = range(row.length - 1).map((i) => g.add(row[i] as number, row[i + 1] as number));
  return g.rows;
}

/** Several statistics of the same blocks, each with its own reduction. */
export function multiOutput(blocks: number, outputs: number, arity: number): Topology {
  const g = new Builder();
  const x = g.roots(blocks).map((b) => g.add(b));
  for (let o = 0; o < outputs; o++) {
    g.reduce(
      x.map((b) => g.add(b)),
      arity,
    );
  }
  return g.rows;
}

/** Running totals: each output needs its block's value and the total before it. */
export function cumulative(blocks: number): Topology {
  const g = new Builder();
  let total: number | undefined;
  for (let i = 0; i < blocks; i++) {
    const x = g.add();
    g.add(x, ...(total === undefined ? [] : [total]));
    const last = g.add(x);
    total = total === undefined ? last : g.add(total, last);
  }
  return g.rows;
}

/** Each of `n` things compared with each other: the pairs of a distance matrix. */
export function pairs(n: number): Topology {
  const g = new Builder();
  const x = g.roots(n);
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) g.add(x[i] as number, x[j] as number);
  return g.rows;
}

/** Batches that reuse a few of the batch before: windows of windows. */
export function chainedWindows(sections: number, width: number): Topology {
  const g = new Builder();
  let border: number[] = [];
  for (let s = 0; s < sections; s++) {
    const own = g.roots(width);
    const out = g.add(...own, ...border);
    border = [own[width - 1] as number];
    g.add(out);
  }
  return g.rows;
}

/** Independent sections of different kinds in one graph. */
export const mixture = (n: number): Topology =>
  beside(tree(n, 2), chain(n), slidingWindow(n, 3), splitters(3, 2, true), chain(1));
