/** Where tests find their brokers. The container engine is make-believe: it answers, and starts nothing. */

import { execFile } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { findBroker, type Found, type Ways } from "../../support/brokers/find.js";
import { rejection } from "../../support/local.js";

const found = (url: string) => async (): Promise<Found> => ({ url, stop: async () => undefined });
const nothing: Ways = {
  missing: "Install it.",
  named: undefined,
  hasEngine: async () => false,
  fromContainer: () => Promise.reject(new Error("no image")),
  hasBinary: () => false,
  fromBinary: () => Promise.reject(new Error("no program")),
};
const engine = { hasEngine: async () => true, fromContainer: found("container") };
const binary = { hasBinary: () => true, fromBinary: found("binary") };
const urlOf = async (ways: Partial<Ways>): Promise<string> => (await findBroker({ ...nothing, ...ways })).url;

describe("The broker that tests share", () => {
  it("is the one named, else a container where an engine answers, else the machine's own", async () => {
    expect(await urlOf({ ...engine, ...binary, named: "nats://named" })).to.equal("nats://named");
    expect(await urlOf({ ...engine, ...binary, named: "" })).to.equal("container");
    expect(await urlOf(engine)).to.equal("container");
    expect(await urlOf(binary)).to.equal("binary");
    expect(await urlOf({ ...binary, hasEngine: async () => true })).to.equal("binary");
  });

  it("is asked for where there is none: its tests fail, and say what to install and why there is no container", async () => {
    expect(await rejection(findBroker(nothing))).to.have.property("message", "Install it.");
    const error = await rejection(findBroker({ ...nothing, hasEngine: async () => true }));
    expect([error.message, (error.cause as Error).message]).to.deep.equal(["Install it.", "no image"]);
  });

  for (const [kind, image] of [
    ["nats", "nats:2.10-alpine"],
    ["rabbitmq", "rabbitmq:3.13-alpine"],
  ] as const) {
    it(`is asked of an engine that answers as ${image}, and where nothing starts the test fails`, async () => {
      const asked: string[] = [];
      const engineApi = createServer((request, response) => {
        const { url = "" } = request;
        asked.push(decodeURIComponent(url));
        const isQuestion = url.endsWith("/info") || url.endsWith("/_ping");
        response.writeHead(isQuestion ? 200 : 500, { "content-type": "application/json" });
        response.end(isQuestion ? "{}" : JSON.stringify({ message: "this engine starts nothing" }));
      });
      await new Promise<void>((resolve) => engineApi.listen(0, "127.0.0.1", resolve));
      try {
        const { port } = engineApi.address() as AddressInfo;
        const { code, output } = await askShared(kind, `tcp://127.0.0.1:${port}`);
        expect(asked.join("\n"), output).to.include(image);
        expect(code, output).to.equal(1);
        // Debian has RabbitMQ's programs outside of every PATH; here they cannot start.
        expect(output).to.match(/Install .*set (NATS|AMQP)_URL|epmd/);
      } finally {
        engineApi.closeAllConnections();
        await new Promise((resolve) => engineApi.close(resolve));
      }
    }).timeout(60_000);
  }
});

/** What a process prints that asks for the shared server, with nothing but a container engine to get it from. */
function askShared(kind: string, engineUrl: string): Promise<{ code: number; output: string }> {
  const helper = new URL(`../../support/brokers/${kind}-server.ts`, import.meta.url).href;
  const ask = kind === "nats" ? "sharedNats" : "sharedRabbit";
  const loader = new URL("../../../node_modules/tsx/dist/loader.mjs", import.meta.url).href;
  const program = `const { ${ask} } = await import(${JSON.stringify(helper)}); console.log((await ${ask}()).url); process.exit(0);`;
  const args = ["--import", loader, "--input-type=module", "-e", program];
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      args,
      {
        cwd: fileURLToPath(new URL("../../../", import.meta.url)),
        env: { PATH: "/nowhere", DOCKER_HOST: engineUrl, TESTCONTAINERS_RYUK_DISABLED: "true" },
      },
      (error, stdout, stderr) => resolve({ code: error === null ? 0 : 1, output: stdout + stderr }),
    );
  });
}
