/**
 * What docker/ holds, as far as a machine without a container engine can tell: the files are well formed, what they name
 * is there, and their commands and health checks do what they should when they are run as plain processes.
 */

import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect } from "chai";
import { advisoriesFor } from "../../src/cli/inspect/doctor/advisories.js";
import { until } from "../../src/testing/until.js";
import { ServerProcess } from "../support/brokers/child-process.js";
import { startNats } from "../support/brokers/nats-server.js";
import { startRabbit } from "../support/brokers/rabbitmq-server.js";
import { healthWords, readCompose, runnable, runNow, type Runnable } from "../support/compose.js";
import { temporaryDirectory, type TemporaryDirectory } from "../support/temporary-directory.js";
import { root } from "../docs/markdown.js";

const dockerfile = readFileSync(join(root, "docker/Dockerfile"), "utf8").replaceAll(/\\\n\s*/g, "");
const password = "a password";

interface Instruction {
  readonly name: string;
  readonly rest: string;
}

const instructions: Instruction[] = dockerfile
  .split("\n")
  .filter((line) => /^[A-Z]+ /.test(line))
  .map((line) => ({ name: line.split(" ", 1)[0] ?? "", rest: line.slice(line.indexOf(" ") + 1) }));

const last = (name: string): string => instructions.findLast((each) => each.name === name)?.rest ?? "";
const wordsOf = (text: string): string[] => JSON.parse(text.slice(text.indexOf("["))) as string[];

describe("The image", function () {
  this.timeout(60_000);

  it("is made of files that there are, and that are not kept from it", () => {
    const ignore = readFileSync(join(root, ".dockerignore"), "utf8").split("\n");
    const copied = instructions
      .filter(({ name, rest }) => name === "COPY" && !rest.startsWith("--from"))
      .flatMap(({ rest }) => rest.split(" ").slice(0, -1));
    expect(copied).to.include.members(["src", "package-lock.json"]);
    expect(ignore).to.include("*");
    for (const file of copied) {
      expect(existsSync(join(root, file)), file).to.equal(true);
      expect(ignore, file).to.include(`!${file}`);
    }
  });

  it("stands on one pinned version of Node that the package runs on, and runs as nobody special", () => {
    const images = instructions.filter(({ name }) => name === "FROM").map(({ rest }) => rest.split(" ")[0]);
    expect(new Set(images).size).to.equal(1);
    expect(images[0]).to.match(/^node:20\.(19|[2-9]\d)\.\d+-/);
    expect(last("USER")).to.equal("node");
  });

  it("starts the command itself, so that it hears signals", () => {
    expect(wordsOf(last("ENTRYPOINT"))).to.deep.equal(["skein"]);
    expect(wordsOf(last("CMD"))).to.deep.equal(["--help"]);
    const { bin } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
      bin: { skein: string };
    };
    expect(dockerfile).to.include(`/opt/skein/${bin.skein.replace("./", "")} /usr/local/bin/skein`);
    expect(readFileSync(join(root, bin.skein), "utf8")).to.match(/^#!\/usr\/bin\/env node\n/);
  });

  it("installs what npm packs, and that has all that processes of a cluster are started from", () => {
    expect(dockerfile).to.include("npm pack ").and.to.include("npm ci --omit=dev");
    const packed = execFileSync("npm", ["pack", "--dry-run", "--json", "--loglevel=error"], {
      cwd: root,
      encoding: "utf8",
    });
    const [{ files }] = JSON.parse(packed) as [{ files: { path: string }[] }];
    expect(files.map(({ path }) => path)).to.include.members([
      ...["package.json", "dist/index.js", "dist/cli/main.js", "dist/cli/node/child-main.js"],
    ]);
  });
});

for (const kind of ["nats", "rabbitmq"] as const) {
  describe(`docker/compose.${kind}.yaml`, function () {
    this.timeout(120_000);
    const file = `docker/compose.${kind}.yaml`;

    it("has keys and values of the right forms only", () => {
      expect(Object.keys(readCompose(file).services)).to.have.members([kind, "scheduler", "worker", "job"]);
    });

    it("names services, volumes and files that there are", () => {
      const { services, volumes } = readCompose(file);
      for (const [name, { depends_on: needs = {}, volumes: mounts = [], build }] of Object.entries(
        services,
      )) {
        for (const other of Object.keys(needs)) expect(services, name).to.have.property(other);
        if (build !== undefined)
          expect(existsSync(join(root, "docker", build.context, build.dockerfile))).to.equal(true);
        for (const [source = ""] of mounts.map((mount) => mount.split(":"))) {
          if (source.startsWith(".")) expect(existsSync(join(root, "docker", source)), source).to.equal(true);
          else expect(volumes, name).to.have.property(source);
        }
      }
    });

    it("pins a version of the broker that nothing bad is known of here", () => {
      const [, version = ""] = /:([\d.]+)/.exec(readCompose(file).services[kind]?.image ?? "") ?? [];
      expect(version).to.match(/^\d+\.\d+\.\d+$/);
      expect(advisoriesFor(kind, version)).to.deep.equal([]);
    });

    it("runs its job when its commands are run here, and its checks of health tell sick from well", async () => {
      await using stage = await Stage.on(kind);
      expect(stage.health("scheduler").code).to.equal(2);
      await stage.start("scheduler", "leads in term");
      expect(stage.health("worker", "w-a").code).to.equal(1);
      await stage.start("worker", '"msg":"runs"', "w-a");
      await stage.start("worker", '"msg":"runs"', "w-b");
      await until(
        "both are well",
        () => ["w-a", "w-b"].every((name) => stage.health("worker", name).code === 0),
        {
          story: () => stage.story(),
          deadlineMs: 30_000,
        },
      );
      expect(stage.health("scheduler").code).to.equal(0);
      const { code, output } = stage.run("job");
      expect([code, output], stage.story()).to.deep.equal([0, "17984 primes below 200000\n"]);
      await stage.stopAll();
      expect(stage.story()).to.match(/"name":"worker w-a".*"msg":"drains/);
    });
  });
}

describe("docker/nats.conf", () => {
  it("is a configuration that nats-server takes", () => {
    const { nats } = readCompose("docker/compose.nats.yaml").services;
    const words = ["nats-server", "-t", "-c", join(root, "docker/nats.conf")];
    const { code, output } = runNow(runnable(nats!, words, { SKEIN_PASSWORD: "1 password" }));
    expect(code, output).to.equal(0);
  });
});

/** The services of a compose file as processes, with `skein` in the PATH and the example where they look for it. */
class Stage implements AsyncDisposable {
  readonly #kind: "nats" | "rabbitmq";
  readonly #bus: string;
  readonly #files: TemporaryDirectory;
  readonly #stopBroker: () => Promise<void>;
  readonly #processes: ServerProcess[] = [];

  private constructor(kind: "nats" | "rabbitmq", bus: string, stopBroker: () => Promise<void>) {
    this.#kind = kind;
    this.#bus = bus;
    this.#stopBroker = stopBroker;
    this.#files = temporaryDirectory();
    const loader = pathToFileURL(join(root, "node_modules/tsx/dist/loader.mjs")).href;
    const skein = join(this.#files.path, "skein");
    const main = join(root, "src/cli/main.ts");
    writeFileSync(skein, `#!/bin/sh\nexec "${process.execPath}" --import "${loader}" "${main}" "$@"\n`);
    chmodSync(skein, 0o755);
    mkdirSync(join(this.#files.path, "home"));
  }

  static async on(kind: "nats" | "rabbitmq"): Promise<Stage> {
    if (kind === "nats") {
      const nats = await startNats({ config: `authorization { user: "skein", password: "${password}" }` });
      return new Stage(kind, nats.url, () => nats.stop());
    }
    const rabbit = await startRabbit();
    await rabbit.ctl("add_vhost", "jobs");
    await rabbit.ctl("add_user", "skein", password);
    await rabbit.ctl("set_permissions", "-p", "jobs", "skein", ".*", ".*", ".*");
    return new Stage(kind, `amqp://127.0.0.1:${rabbit.port}/jobs`, () => rabbit.stop());
  }

  /** Resolves when it has printed `ready`. */
  async start(service: string, ready: string, hostname = service): Promise<void> {
    const { words, env } = this.#service(service, hostname);
    const [command = "", ...args] = words;
    const started: ServerProcess = new ServerProcess({
      ...{ command, args, env, startWithinMs: 60_000 },
      isReady: () => Promise.resolve(started.output.includes(ready)),
    });
    this.#processes.push(started);
    await started.start();
  }

  run(service: string): { code: number | null; output: string } {
    return runNow(this.#service(service, service));
  }

  health(service: string, hostname = service): { code: number | null; output: string } {
    const of = readCompose(`docker/compose.${this.#kind}.yaml`).services[service];
    if (of === undefined) throw new Error(`there is no service ${service}`);
    const words = healthWords(of).map((word) => (word === "8000" ? "1500" : word.replace("8000", "1500")));
    return runNow(this.#here(runnable(of, words, { SKEIN_PASSWORD: password }), hostname));
  }

  story(): string {
    return this.#processes.map(({ output }) => output.slice(-3_000)).join("\n----\n");
  }

  async stopAll(): Promise<void> {
    for (const each of [...this.#processes].reverse()) await each.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stopAll();
    await this.#stopBroker();
    this.#files.remove();
  }

  #service(name: string, hostname: string): Runnable {
    const of = readCompose(`docker/compose.${this.#kind}.yaml`).services[name];
    if (of === undefined) throw new Error(`there is no service ${name}`);
    const words = [...(of.entrypoint ?? wordsOf(last("ENTRYPOINT"))), ...(of.command ?? [])];
    return this.#here(runnable(of, words, { SKEIN_PASSWORD: password }), hostname);
  }

  /** What is in a container's file system and network, on this machine. */
  #here({ words, env }: Runnable, hostname: string): Runnable {
    const example = join(root, "docker/example");
    const path = `${this.#files.path}:${process.env["PATH"] ?? ""}`;
    expect(basename(example)).to.equal("example");
    return {
      words: words.map((word) => word.replaceAll("/example/", `${example}/`)),
      env: {
        ...env,
        ...{ SKEIN_BUS: this.#bus, PATH: path, HOSTNAME: hostname, NO_COLOR: "1" },
        HOME: join(this.#files.path, "home"),
      },
    };
  }
}
