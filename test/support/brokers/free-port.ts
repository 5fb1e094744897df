/** Ports of this machine that nobody listens on. */

import { createServer } from "node:net";

/** A port on 127.0.0.1 that was free a moment ago; whoever starts on it tries another one when it has been taken since. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
