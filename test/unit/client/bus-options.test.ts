import { expect } from "chai";
import { checkBusOptions, type BusOptions } from "../../../src/client/bus/bus-options.js";
import { shownUrl } from "../../../src/transport/connect-options.js";
import { temporaryDirectory } from "../../support/temporary-directory.js";

/** What is said of options; nothing when they can be used. */
function said(options: BusOptions): string | undefined {
  try {
    checkBusOptions(options, (name, problem, remedy) => {
      throw new Error(`${name}: ${problem}. ${remedy}`);
    });
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

describe("The options of a bus", () => {
  it("may name several servers of a NATS cluster, and one of RabbitMQ", () => {
    expect(said({ bus: "nats://a:4222,nats://b:4222" })).to.equal(undefined);
    expect(said({ bus: "nats://u:p@a:4222, tls://b" })).to.equal(undefined);
    expect(said({ bus: "amqp://a:5672,amqp://b:5672" })).to.match(/^bus: .* Give one address for RabbitMQ/);
    expect(said({ bus: "nats://a:4222,http://b" })).to.match(/^bus: got "nats:.* Give a URL/);
  });

  it("are refused where a URL cannot be read, and its password is not shown", () => {
    for (const bus of ["nats://u:p%zz@a", "amqp://u:p%zz@a", "amqp://a/50%"])
      expect(said({ bus }), bus)
        .to.match(/^bus: a % .*%25/)
        .and.not.include("p%zz");
    expect(said({ bus: "http://u:secret@a" }))
      .to.match(/^bus: got/)
      .and.not.include("secret");
  });

  it("are refused where a file that they name cannot be read, by the option's name", () => {
    const directory = temporaryDirectory();
    const { path: folder } = directory;
    const there = directory.write("there.pem", "");
    const bus = "amqps://a";
    expect(said({ bus, tls: { caFile: there } })).to.equal(undefined);
    expect(said({ bus, tls: { caFile: `${folder}/ca.pem` } })).to.match(
      /^tls\.caFile: .*ca\.pem cannot be read: /,
    );
    expect(said({ bus, tls: { certFile: there, keyFile: `${folder}/key.pem` } })).to.match(/^tls\.keyFile: /);
    expect(said({ bus, credentialsFile: `${folder}/a.creds` })).to.match(/^credentialsFile: /);
    expect(said({ bus, nkeySeedFile: `${folder}/a.nk` })).to.match(/^nkeySeedFile: /);
    directory.remove();
  });
});

describe("An address as it is shown", () => {
  it("has no password in it, nor any of several servers'", () => {
    expect(shownUrl("nats://u:secret@a:4222/")).to.equal("nats://u@a:4222");
    expect(shownUrl("nats://u:secret@a:4222,nats://u:hidden@b:4222")).to.equal(
      "nats://u@a:4222,nats://u@b:4222",
    );
    expect(shownUrl("nats://token@a")).to.equal("nats://a");
  });
});
