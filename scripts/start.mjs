/** `npm start`: sets up what is missing, then runs the main job. Further arguments go to `skein run`. */

import { handTerminalTo } from "./frame/child.mjs";
import { prepare } from "./frame/prepare.mjs";
import { build } from "./setup/build.mjs";
import { dependencies } from "./setup/dependencies.mjs";

const job = ["dist/cli/main.js", "run", "examples/flights.ts", "--progress"];

process.exitCode = (await prepare([dependencies, build]))
  ? await handTerminalTo([...job, ...process.argv.slice(2)])
  : 1;
