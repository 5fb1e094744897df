/** Who may connect to NATS and how: passwords, tokens, keys, credentials, TLS, permissions; and what is told who may not. */

import { createServer } from "node:net";
import { nkeys } from "@nats-io/transport-node";
import { expect } from "chai";
import { BusRefusedError, BusUnreachableError, InvalidArgumentError } from "../../src/errors.js";
import { parcelOf, readAt } from "../../src/testing/contract/stage.js";
import { until } from "../../src/testing/until.js";
import type { NatsOptions } from "../../src/transport/nats/nats-options.js";
import { NatsTransport } from "../../src/transport/nats/nats-transport.js";
import { makeCertificates } from "../support/brokers/certificates.js";
import { freePort } from "../support/brokers/free-port.js";
import type { NatsServer, NatsServerOptions } from "../support/brokers/nats-server.js";
import { startNats } from "../support/brokers/nats-server.js";
import type { TemporaryDirectory } from "../support/temporary-directory.js";
import { temporaryDirectory } from "../support/temporary-directory.js";

const rejection = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

describe("Logging in to NATS", () => {
  let files: TemporaryDirectory;
  let servers: NatsServer[];
  let transports: NatsTransport[];

  beforeEach(() => {
    files = temporaryDirectory();
    servers = [];
    transports = [];
  });

  afterEach(async () => {
    for (const transport of transports) await transport.close();
    for (const server of servers) await server.stop();
    files.remove();
  });

  const start = async (options: NatsServerOptions): Promise<NatsServer> => {
    const server = await startNats({ jetstream: false, ...options });
    servers.push(server);
    return server;
  };

  const connect = async (options: NatsOptions): Promise<NatsTransport> => {
    const transport = await NatsTransport.connect(options);
    transports.push(transport);
    return transport;
  };

  /** A parcel goes round: it is really connected. */
  const works = async (transport: NatsTransport): Promise<void> => {
    const reading = await readAt(transport, "skein.login.box");
    reading.mailbox.send("skein.login.box", parcelOf(1));
    await until("the parcel is back", () => reading.parcels.length === 1);
  };

  it("takes user and password from the options or the URL, and shows the password to nobody", async () => {
    const { url } = await start({ config: 'authorization { user: "ann", password: "s3cret!" }' });
    await works(await connect({ url, user: "ann", password: "s3cret!" }));
    const inUrl = await connect({ url: url.replace("//", "//ann:s3cret%21@") });
    await works(inUrl);
    expect(inUrl.url).to.include("ann@127.0.0.1").and.not.include("s3cret");
    const error = await rejection(connect({ url: url.replace("//", "//ann:wr0ng@") }));
    expect(error).to.be.instanceOf(BusRefusedError).with.property("message").that.includes("127.0.0.1");
    expect(String(error)).not.to.include("wr0ng");
    expect(await rejection(connect({ url }))).to.be.instanceOf(BusRefusedError);
  });

  it("takes a token from the options or the URL", async () => {
    const { url } = await start({ config: 'authorization { token: "t0ken" }' });
    await works(await connect({ url, token: "t0ken" }));
    const inUrl = await connect({ url: url.replace("//", "//t0ken@") });
    expect(inUrl.url).not.to.include("t0ken");
    expect(await rejection(connect({ url, token: "other" }))).to.be.instanceOf(BusRefusedError);
  });

  it("takes an nkey from a file of its seed", async () => {
    const user = nkeys.createUser();
    const { url } = await start({ config: `authorization { users: [ { nkey: ${user.getPublicKey()} } ] }` });
    const nkeySeedFile = files.write("seed.nk", `${new TextDecoder().decode(user.getSeed())}\n`);
    await works(await connect({ url, nkeySeedFile }));
    const other = files.write("other.nk", nkeys.createUser().getSeed());
    expect(await rejection(connect({ url, nkeySeedFile: other }))).to.be.instanceOf(BusRefusedError);
    const none = `${files.path}/none.nk`;
    expect(await rejection(connect({ url, nkeySeedFile: none }))).to.be.instanceOf(InvalidArgumentError);
    const noSeed = files.write("no-seed.nk", "something else");
    for (const wrong of [{ nkeySeedFile: noSeed }, { credentialsFile: noSeed }]) {
      const error = await rejection(connect({ url, ...wrong }));
      expect(error).to.be.instanceOf(InvalidArgumentError).with.property("message").that.includes(noSeed);
    }
  });

  it("takes credentials, a signed permit and its key, from a file", async () => {
    const { config, credentials } = operated();
    const { url } = await start({ config });
    const credentialsFile = files.write("user.creds", credentials);
    await works(await connect({ url, credentialsFile }));
    const foreign = files.write("foreign.creds", operated().credentials);
    expect(await rejection(connect({ url, credentialsFile: foreign }))).to.be.instanceOf(BusRefusedError);
  });

  it("speaks TLS, checks who answers, and says what to do when it cannot", async () => {
    const { caFile, certFile, keyFile } = makeCertificates(files.path);
    const { url } = await start({ config: `tls { cert_file: "${certFile}", key_file: "${keyFile}" }` });
    await works(await connect({ url, tls: { caFile } }));
    await works(await connect({ url: url.replace("nats:", "tls:"), tls: { insecure: true } }));
    const error = await rejection(connect({ url: url.replace("nats:", "tls:") }));
    expect(error).to.be.instanceOf(BusUnreachableError).with.property("message").that.includes("TLS");
  });

  it("says at once that a server does not speak TLS, when that is asked for", async () => {
    const { url } = await start({});
    const asked = connect({ url: url.replace("nats:", "tls:"), connectTimeoutMs: 600_000 });
    expect(await rejection(asked))
      .to.be.instanceOf(BusUnreachableError)
      .with.property("message")
      .that.matches(/whether it speaks TLS/);
  });

  it("finds the one server of several that is there", async () => {
    const { url } = await start({});
    const nobody = `nats://127.0.0.1:${await freePort()}`;
    for (const several of [`${nobody},${url}`, `${url}, ${nobody}`])
      await works(await connect({ url: several }));
  });

  it("shows its own certificate where the server asks for one", async () => {
    const { caFile, certFile, keyFile } = makeCertificates(files.path);
    const tls = `tls { cert_file: "${certFile}", key_file: "${keyFile}", ca_file: "${caFile}", verify: true }`;
    const { url } = await start({ config: tls });
    await works(await connect({ url, tls: { caFile, certFile, keyFile } }));
    const error = await rejection(connect({ url, tls: { caFile }, connectTimeoutMs: 1_500 }));
    expect(error).to.be.instanceOf(BusUnreachableError);
  });

  it("names the subject that may not be read, and goes on", async () => {
    const { url } = await start({
      config:
        'authorization { users: [ { user: "w", password: "w", permissions: { publish: ["skein.>"], subscribe: ["skein.mine.>", "skein.inbox.>"] } } ] }',
    });
    const troubles: Error[] = [];
    const transport = await connect({
      url,
      user: "w",
      password: "w",
      onTrouble: (error) => troubles.push(error),
    });
    const error = await rejection(readAt(transport, "skein.theirs.box"));
    expect(error).to.be.instanceOf(BusRefusedError).with.property("subject", "skein.theirs.box");
    const topic = await rejection(transport.subscribe("skein.theirs.topic", () => undefined));
    expect(topic).to.be.instanceOf(BusRefusedError).with.property("subject", "skein.theirs.topic");
    const reading = await readAt(transport, "skein.mine.box");
    reading.mailbox.send("skein.mine.box", parcelOf(1));
    await until("its own mailbox works", () => reading.parcels.length === 1);
    expect(troubles).to.deep.equal([]);
  });

  it("tells once of a subject that may not be written, outside of any call", async () => {
    const { url } = await start({
      config:
        'authorization { users: [ { user: "w", password: "w", permissions: { publish: ["skein.mine.>"], subscribe: ["skein.>"] } } ] }',
    });
    const troubles: Error[] = [];
    const transport = await connect({
      url,
      user: "w",
      password: "w",
      onTrouble: (error) => troubles.push(error),
    });
    const reading = await readAt(transport, "skein.mine.box");
    for (let n = 0; n < 3; n += 1) reading.mailbox.send("skein.theirs.box", parcelOf(n));
    await until("it is told", () => troubles.length > 0);
    reading.mailbox.send("skein.mine.box", parcelOf(9));
    await until("the connection goes on", () => reading.parcels.length === 1);
    expect(troubles).to.have.length(1);
    expect(troubles[0]).to.be.instanceOf(BusRefusedError).with.property("subject", "skein.theirs.box");
  });

  it("gives up in time where nobody listens, and says what it tried", async () => {
    const url = `nats://127.0.0.1:${await freePort()}`;
    const error = await rejection(connect({ url, connectTimeoutMs: 300 }));
    expect(error).to.be.instanceOf(BusUnreachableError).with.property("message").that.includes("300 ms");
  });

  it("connects once the server is there, when that is in time", async () => {
    const port = await freePort();
    const connecting = connect({ url: `nats://127.0.0.1:${port}`, connectTimeoutMs: 10_000 });
    await start({ port });
    await works(await connecting);
  });

  it("says at once that what answers is no NATS server, and gives up on one that says nothing", async () => {
    const heard: number[] = [];
    const web = createServer((socket) =>
      socket.on("error", () => undefined).end("HTTP/1.1 400 Bad Request\r\n\r\n"),
    );
    const silent = createServer((socket) => {
      heard.push(heard.length);
      socket.on("error", () => undefined).on("close", () => heard.pop());
    });
    const ports: number[] = [];
    for (const server of [web, silent]) {
      const port = await freePort();
      await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
      ports.push(port);
    }
    try {
      const no = await rejection(connect({ url: `nats://127.0.0.1:${ports[0]}` }));
      expect(no)
        .to.be.instanceOf(BusUnreachableError)
        .with.property("message")
        .that.includes("protocol of NATS");
      const never = await rejection(connect({ url: `nats://127.0.0.1:${ports[1]}`, connectTimeoutMs: 300 }));
      expect(never).to.be.instanceOf(BusUnreachableError);
      await until("no connection is left", () => heard.length === 0);
    } finally {
      for (const server of [web, silent]) await new Promise((resolve) => server.close(resolve));
    }
  });

  it("refuses what is no address of a NATS server", async () => {
    for (const url of ["", "127.0.0.1", "http://127.0.0.1:4222", "nats://"]) {
      expect(await rejection(connect({ url })), url).to.be.instanceOf(InvalidArgumentError);
    }
  });
});

/** An operator, an account and a user, as NATS's own tool would make them. */
function operated(): { readonly config: string; readonly credentials: string } {
  const [operator, account, user] = [nkeys.createOperator(), nkeys.createAccount(), nkeys.createUser()];
  const base64 = (data: string | Uint8Array): string => Buffer.from(data).toString("base64url");
  const permit = (issuer: nkeys.KeyPair, subject: nkeys.KeyPair, nats: object): string => {
    const claims = {
      jti: "skein",
      iat: 1_700_000_000,
      iss: issuer.getPublicKey(),
      name: "skein",
      sub: subject.getPublicKey(),
    };
    const text = `${base64(JSON.stringify({ typ: "JWT", alg: "ed25519-nkey" }))}.${base64(JSON.stringify({ ...claims, nats }))}`;
    return `${text}.${base64(issuer.sign(new TextEncoder().encode(text)))}`;
  };
  const unlimited = { subs: -1, data: -1, payload: -1 };
  const operatorPermit = permit(operator, operator, { type: "operator", version: 2 });
  const limits = { ...unlimited, imports: -1, exports: -1, wildcards: true, conn: -1, leaf: -1 };
  const accountPermit = permit(operator, account, { type: "account", version: 2, limits });
  const userPermit = permit(account, user, { type: "user", version: 2, ...unlimited, pub: {}, sub: {} });
  const seed = new TextDecoder().decode(user.getSeed());
  return {
    config: [
      `operator: ${operatorPermit}`,
      "resolver: MEMORY",
      `resolver_preload: { ${account.getPublicKey()}: ${accountPermit} }`,
    ].join("\n"),
    credentials: [
      `-----BEGIN NATS USER JWT-----\n${userPermit}\n------END NATS USER JWT------\n`,
      `-----BEGIN USER NKEY SEED-----\n${seed}\n------END USER NKEY SEED------\n`,
    ].join("\n"),
  };
}
