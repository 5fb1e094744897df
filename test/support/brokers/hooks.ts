/** Mocha's root hooks: after the last test, no broker is left. */

import { stopShared } from "./shared.js";

export const mochaHooks = {
  async afterAll(this: Mocha.Context): Promise<void> {
    this.timeout(60_000);
    await stopShared();
  },
};
