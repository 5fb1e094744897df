/**
 * The graphs by which orders are compared: small ones, whose optimum can be found by trying everything, and medium
 * ones. Beside each stands the peak of Dask's `dask.order` on the same graph: version 2026.7.0 and eight commits
 * (817e5ffc1), keys named `t000000`, `t000001`, … in order of insertion. Dask's is the figure without culling,
 * fusing or any other change of the graph.
 */

import * as g from "./graphs.js";
import type { Topology } from "./topology.js";

export interface Family {
  readonly name: string;
  readonly rows: Topology;
  /** The most results Dask's order holds when a task starts, and the mean over all tasks. */
  readonly dask: { readonly peak: number; readonly mean: number };
}

const family = (name: string, rows: Topology, peak: number, mean: number): Family => ({
  name,
  rows,
  dask: { peak, mean },
});

/** At most ten tasks each. */
export const smallFamilies: readonly Family[] = [
  family("independent tasks", g.independent(10), 0, 0.0),
  family("chain", g.chain(10), 1, 0.9),
  family("tree, by 2", g.tree(4, 2), 3, 1.6),
  family("tree, by 3", g.tree(6, 3), 4, 2.0),
  family("tree, by 8", g.tree(8, 8), 8, 4.0),
  family("tree with a link before each reducer", g.tree(3, 2, 1), 2, 1.4),
  family("accumulation", g.accumulation(5), 2, 1.3),
  family("sliding window of 2", g.slidingWindow(5, 2), 2, 1.3),
  family("sliding window of 3", g.slidingWindow(6, 3), 3, 2.1),
  family("shared root", g.sharedRoot(3, 1, 3), 4, 2.2),
  family("shared settings", g.sharedSettings(3, 1), 2, 1.5),
  family("stencil in 1-D, one step", g.stencil1d(5, 1), 3, 2.1),
  family("stencil in 1-D, two steps", g.stencil1d(3, 2), 4, 2.4),
  family("stencil in 2-D", g.stencil2d(2, 2, 1), 4, 2.5),
  family("shuffle", g.shuffle(2, 2), 4, 2.0),
  family("bipartite", g.bipartite(4, 4), 4, 2.8),
  family("chain beside a fan", g.chainBesideFan(4, 2), 3, 2.1),
  family("splitters", g.splitters(2, 2, false), 2, 1.1),
  family("splitters, joined again", g.splitters(2, 2, true), 3, 2.1),
  family("lattice", g.lattice(3, 3), 3, 2.1),
  family("map with overlap", g.mapOverlap(3, false), 4, 2.3),
  family("anomaly (x - mean)", g.anomaly(3, 3, false), 6, 3.0),
  family("anomaly, reduced", g.anomaly(2, 2, true), 4, 2.2),
  family("zipped", g.zipped(3, 3, false), 4, 2.1),
  family("block Cholesky", g.cholesky(2), 2, 1.1),
  family("diamonds", g.diamonds(2, 3), 3, 2.0),
  family("pyramid", g.pyramid(4), 4, 2.3),
  family("several outputs", g.multiOutput(2, 2, 2), 4, 2.0),
  family("running totals", g.cumulative(2), 2, 1.3),
  family("all pairs", g.pairs(4), 4, 2.3),
  family("windows with a shared border", g.chainedWindows(2, 3), 4, 1.9),
];

export const mediumFamilies: readonly Family[] = [
  family("tree, 1000 loads by 2", g.tree(1000, 2), 10, 5.4),
  family("tree, 1000 loads by 8, mapped", g.tree(1000, 8, 1), 22, 11.6),
  family("sliding window of 5", g.slidingWindow(500, 5), 5, 4.5),
  family("shared root, 300 branches", g.sharedRoot(300, 3, 4), 14, 7.6),
  family("shared settings, 100 groups", g.sharedSettings(100, 5), 6, 3.7),
  family("stencil in 1-D, 200 × 10 steps", g.stencil1d(200, 10), 21, 20.6),
  family("stencil in 1-D, 50 × 50 steps", g.stencil1d(50, 50), 98, 80.6),
  family("stencil on a ring, 100 × 10 steps", g.stencil1d(100, 10, true), 41, 37.8),
  family("stencil in 2-D, 20 × 20 × 2 steps", g.stencil2d(20, 20, 2), 82, 63.7),
  family("stencil in 2-D, 20 × 20 × 5 steps", g.stencil2d(20, 20, 5), 207, 160.2),
  family("shuffle, 40 × 40", g.shuffle(40, 40), 80, 58.5),
  family("shuffle, 200 × 10", g.shuffle(200, 10), 400, 272.8),
  family("shuffle, 10 × 200", g.shuffle(10, 200), 20, 14.9),
  family("bipartite, 40 × 40", g.bipartite(40, 40), 40, 29.8),
  family("long chain beside a wide fan", g.chainBesideFan(300, 300), 301, 102.1),
  family("splitters, by 2, 10 deep", g.splitters(10, 2, false), 10, 5.0),
  family("splitters, by 4, joined again", g.splitters(5, 4, true), 16, 11.1),
  family("lattice, 50 × 50", g.lattice(50, 50), 97, 63.3),
  family("lattice, 20 × 200", g.lattice(20, 200), 37, 20.3),
  family("map with overlap, 300 blocks", g.mapOverlap(300), 4, 3.2),
  family("anomaly, 500 blocks, reduced", g.anomaly(500, 8, true), 522, 266.6),
  family("anomaly by 10 groups", g.groupAnomaly(300, 10), 333, 162.7),
  family("anomaly by 50 groups", g.groupAnomaly(300, 50), 61, 41.9),
  family("zipped, 500 blocks", g.zipped(500, 8), 22, 11.6),
  family("moments of two collections", g.moments(300, 8), 53, 29.0),
  family("tall-skinny SVD, 300 blocks", g.tallSkinnySvd(300), 600, 216.4),
  family("block product, 12 × 12", g.product(12), 288, 189.0),
  family("block product, sums as trees", g.product(12, 2), 181, 146.2),
  family("block Cholesky, 20 × 20", g.cholesky(20), 190, 110.0),
  family("diamonds, 100 of 10", g.diamonds(100, 10), 10, 5.9),
  family("Fourier butterfly, 256 points", g.butterfly(8), 510, 369.9),
  family("pyramid, 60 wide", g.pyramid(60), 60, 39.4),
  family("5 outputs of 200 blocks", g.multiOutput(200, 5, 4), 208, 116.2),
  family("20 outputs of 100 blocks", g.multiOutput(100, 20, 8), 174, 117.7),
  family("running totals, 500 blocks", g.cumulative(500), 2, 1.7),
  family("all pairs of 40", g.pairs(40), 40, 26.0),
  family("windows with a shared border, 200", g.chainedWindows(200, 4), 5, 2.8),
  family("several kinds in one graph", g.mixture(200), 8, 2.9),
];
