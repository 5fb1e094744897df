/**
 * Set-up step: the servers that the tests start, kill and pause. On Debian, as root, they are installed; elsewhere they
 * are asked for. A server named by NATS_URL or AMQP_URL spares none of them: nobody may kill that one.
 */

import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { runCommand } from "../frame/child.mjs";
import { SetUpError } from "../frame/prepare.mjs";

const servers = [
  { name: "nats-server", brew: "nats-server" },
  { name: "rabbitmq-server", brew: "rabbitmq" },
];

/** Where distributions put servers, though a user's PATH may not have it. */
const serverFolders = ["/usr/sbin", "/usr/local/sbin", "/usr/lib/rabbitmq/bin", "/opt/homebrew/sbin"];

export const brokers = {
  title: "brokers",

  missing() {
    const names = missingServers().map(({ name }) => name);
    return names.length === 0 ? undefined : `installing ${names.join(" and ")}`;
  },

  async run() {
    const missing = missingServers();
    if (!existsSync("/etc/debian_version") || process.getuid?.() !== 0) throw new SetUpError(advice(missing));
    const names = missing.map(({ name }) => name);
    const environment = { DEBIAN_FRONTEND: "noninteractive" };
    // The list of packages may be missing or old; installing says what is really wrong.
    await runCommand("apt-get", ["update", "-q"], environment);
    const { code, output } = await runCommand(
      "apt-get",
      ["install", "-q", "-y", "--no-install-recommends", ...names],
      environment,
    );
    if (code !== 0 || missingServers().length > 0) {
      throw new SetUpError(`${output}\n${advice(missingServers())}`);
    }
    return `installed ${names.join(" and ")}`;
  },
};

function missingServers() {
  const folders = [...(process.env.PATH ?? "").split(delimiter), ...serverFolders];
  return servers.filter(({ name }) => !folders.some((folder) => isExecutable(join(folder, name))));
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function advice(missing) {
  const names = missing.map(({ name }) => name).join(" ");
  const brews = missing.map(({ brew }) => brew).join(" ");
  return (
    `The tests run against real message brokers, and need: ${names}. Install them, so that they are in the PATH. ` +
    `Debian and Ubuntu: sudo apt-get install ${names}. macOS: brew install ${brews}.`
  );
}
