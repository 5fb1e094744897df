/** Set-up step: the right Node. It cannot be installed from here, only asked for. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { SetUpError } from "../frame/prepare.mjs";
import { root } from "../frame/project.mjs";

const wanted = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).engines.node.replace(">=", "");

export const node = {
  title: "node",

  missing() {
    return isAtLeast(process.versions.node, wanted) ? undefined : `Node ${wanted} or newer is needed`;
  },

  run() {
    throw new SetUpError(
      `This is Node ${process.versions.node}. Install Node ${wanted} or newer, then try again.`,
    );
  },
};

function isAtLeast(version, floor) {
  const [have, need] = [version, floor].map((text) => text.split(".").map(Number));
  const at = need.findIndex((part, i) => part !== have[i]);
  return at === -1 || have[at] > need[at];
}
