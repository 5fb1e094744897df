/** Checks that `npm ci` will accept the lock file on a fresh machine. */

import { missingFromLockFile } from "../frame/lock-file.mjs";

export function checkLockFile() {
  const missing = missingFromLockFile();
  if (missing.length === 0) return { code: 0, output: "" };
  return { code: 1, output: `package-lock.json lacks ${missing.join(", ")}. \`npm run lock\` adds them.` };
}
