/** Makes `lazy.compute()` and its like reach the schedulers. Loaded for that effect by the public face. */

import { installRunner } from "../collections/runner.js";
import { compute } from "./compute.js";
import { persist } from "./persist.js";
import { visualize } from "./visualize.js";

installRunner({
  compute: <T>(...args: Parameters<typeof compute>) => compute(...args) as Promise<T>,
  persist: (what, options) => persist(what, options),
  visualize: (what, file) => visualize(what, file),
});
