/** `npm run lock`: completes the lock file after packages were added or changed; see `frame/lock-file.mjs`. */

import { completeLockFile } from "./frame/lock-file.mjs";

const added = completeLockFile();
console.log(
  added.length === 0 ? "The lock file is complete." : `Added to the lock file:\n  ${added.join("\n  ")}`,
);
