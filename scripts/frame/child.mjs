/** Child processes: one way to run a command and gather what it says, one way to hand it the terminal. */

import { spawn } from "node:child_process";
import { root } from "./project.mjs";
import { coloured } from "./report.mjs";

/** Tools write into a pipe here, and would guess wrongly whether anyone sees their colours. */
const { FORCE_COLOR: _force, NO_COLOR: _no, ...surroundings } = process.env;
const environment = { ...surroundings, ...(coloured ? { FORCE_COLOR: "1" } : { NO_COLOR: "1" }) };

/**
 * Runs `node` with the given arguments and gathers its output.
 * Never rejects: a command that cannot be started is a failure with its message as the output.
 * @returns {Promise<{ code: number, output: string }>}
 */
export function runNode(args, cwd = root) {
  return gather(process.execPath, args, { cwd });
}

/** Runs npm: the one that started this process, else the one on the path. */
export function runNpm(args) {
  const npm = process.env.npm_execpath;
  if (npm !== undefined && /npm-cli\.[cm]?js$/.test(npm)) return runNode([npm, ...args]);
  return gather("npm", args, { cwd: root, shell: process.platform === "win32" });
}

/** Runs a program of this machine and gathers its output, with these variables besides the usual ones. */
export function runCommand(command, args, variables = {}) {
  return gather(command, args, { cwd: root }, variables);
}

/** Unpacks an archive made by `npm pack` into a folder, without the leading `package/`. */
export function untar(archive, folder) {
  return gather("tar", ["-xzf", archive, "-C", folder, "--strip-components=1"], { cwd: root });
}

function gather(command, args, options, variables = {}) {
  return new Promise((settle) => {
    const child = spawn(command, args, {
      ...options,
      env: { ...environment, ...variables },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8");
      stream.on("data", (text) => (output += text));
    }
    child.on("error", (error) => settle({ code: 1, output: `${output}${error.message}\n` }));
    child.on("close", (code, signal) => {
      settle({ code: code ?? 1, output: signal === null ? output : `${output}ended by ${signal}\n` });
    });
  });
}

/** Runs `node` on this terminal, passes on the signals that end it, and gives its exit code. */
export function handTerminalTo(args) {
  return new Promise((settle) => {
    const child = spawn(process.execPath, args, { cwd: root, stdio: "inherit" });
    // Ctrl-C reaches the child by itself, and the child decides how to end; a plain kill reaches only us.
    const ignore = () => {};
    const forward = (signal) => child.kill(signal);
    process.on("SIGINT", ignore);
    process.on("SIGTERM", forward);
    const done = (code) => {
      process.off("SIGINT", ignore);
      process.off("SIGTERM", forward);
      settle(code);
    };
    child.on("error", (error) => {
      console.error(error.message);
      done(1);
    });
    child.on("close", (code, signal) => done(code ?? (signal === "SIGINT" ? 130 : 143)));
  });
}
