/** What a task module's file says, in a few letters: two machines tell by it whether they run the same. */

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

// A module's file is read once: what is loaded does not change with it.
const digests = new Map<string, string | undefined>();

/** 12 hexadecimal digits of the SHA-1 of the module's file; undefined for what is no file that can be read. */
export function moduleDigest(module: string): string | undefined {
  if (digests.has(module)) return digests.get(module);
  let digest: string | undefined;
  try {
    digest = createHash("sha1")
      .update(readFileSync(fileURLToPath(module)))
      .digest("hex")
      .slice(0, 12);
  } catch {
    digest = undefined;
  }
  digests.set(module, digest);
  return digest;
}

/** The file's name at the end of a module's URL. */
export function fileName(module: string): string {
  return module.split(/[?#]/, 1)[0]!.split("/").at(-1) as string;
}
