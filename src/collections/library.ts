/** Lets graphs read from JSON find the kernels of collections. Loaded for that effect, with the collections. */

import { installLibraryFunctions } from "../graph/json/library-functions.js";
import { bagKernels } from "./bag/kernels/table.js";

installLibraryFunctions(({ module, name }) => (module === "skein:bag" ? bagKernels.get(name) : undefined));
