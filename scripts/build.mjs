/** `npm run build`: compiles `src` to `dist`, after installing what the compiler needs. */

import { prepare } from "./frame/prepare.mjs";
import { build } from "./setup/build.mjs";
import { dependencies } from "./setup/dependencies.mjs";

process.exitCode = (await prepare([dependencies, build])) ? 0 : 1;
