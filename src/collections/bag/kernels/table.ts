/** All kernels of bags by name: where a worker looks up what a task of `skein:bag` refers to. */

import { kernelTable } from "../../kernel.js";
import * as readBlocks from "../files/read-blocks.js";
import * as writeParts from "../files/write-parts.js";
import * as accumulate from "./accumulate.js";
import * as apply from "./apply.js";
import * as distinct from "./distinct.js";
import * as extremes from "./extremes.js";
import * as foldBy from "./fold-by.js";
import * as fold from "./fold.js";
import * as frequencies from "./frequencies.js";
import * as group from "./group.js";
import * as join from "./join.js";
import * as map from "./map.js";
import * as numbers from "./numbers.js";
import * as pluck from "./pluck.js";
import * as range from "./range.js";
import * as slices from "./slices.js";
import * as topK from "./top-k.js";
import * as zip from "./zip.js";

const files = [readBlocks, writeParts];
const steps = [apply, map, pluck, range, accumulate, slices];
const reductions = [numbers, extremes, fold, foldBy, frequencies, distinct, topK];
const shuffles = [group, join, zip];

export const bagKernels = kernelTable([...files, ...steps, ...reductions, ...shuffles]);
