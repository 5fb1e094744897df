/** What it costs to turn the hot messages into bytes and back, a task: `npx tsx bench/codec.ts`. */

import { createCodec, stampParcel } from "../src/protocol/codec/codec.js";
import type { Done, Free, Message, Run, Status } from "../src/protocol/messages.js";

const tasks = 1_000;
const rounds = 200;
const runs = 9;

function starts(n: number, width: number): Uint32Array {
  return Uint32Array.from({ length: n + 1 }, (_, i) => i * width);
}

function runColumn(n: number): Float64Array {
  return Float64Array.from({ length: n }, (_, i) => 2 ** 32 + i);
}

function runMessage(n: number): Run {
  return {
    kind: "run",
    run: runColumn(n),
    keys: Array.from({ length: n }, (_, i) => `inc-4f3a9bd2c1e07788-${i}`),
    fn: new Uint32Array(n),
    fns: [[0, { kind: "inline", name: "noop", source: "() => undefined" }]],
    flags: new Uint8Array(n),
    priority: new Float64Array(n),
    user: new Float64Array(n),
    argStart: starts(n, 4),
    args: new Uint8Array(4 * n),
    depStart: starts(n, 0),
    dep: new Float64Array(0),
    inlineRun: new Float64Array(0),
    inlineStart: starts(0, 0),
    inline: new Uint8Array(0),
    remote: [],
    options: [],
  };
}

function doneMessage(n: number): Done {
  return {
    kind: "done",
    run: runColumn(n),
    nbytes: new Float64Array(n).fill(2),
    tookMs: new Float32Array(n),
    inlineStart: starts(n, 2),
    inline: new Uint8Array(2 * n),
  };
}

function statusMessage(n: number): Status {
  return {
    kind: "status",
    turns: 0,
    keys: Array.from({ length: n }, (_, i) => `inc-4f3a9bd2c1e07788-${i}`),
    state: new Uint8Array(n),
    run: runColumn(n),
    nbytes: new Float64Array(n).fill(2),
    inlineStart: starts(n, 2),
    inline: new Uint8Array(2 * n),
    holders: [],
    errors: [],
  };
}

function freeMessage(n: number): Free {
  return { kind: "free", runs: runColumn(n) };
}

function median(measure: () => number): number {
  return Array.from({ length: runs }, measure).sort((a, b) => a - b)[Math.floor(runs / 2)] ?? NaN;
}

/** Microseconds a call. */
function time(run: () => void, times: number): number {
  return median(() => {
    const begin = performance.now();
    for (let i = 0; i < times; i += 1) run();
    return ((performance.now() - begin) * 1_000) / times;
  });
}

const codec = createCodec();
const numbers = { v: 1, epoch: 1, gen: 1, seq: 1, ack: 1 };
const from = "scheduler:s:1";
const to = "worker:w1:1";

console.log("message       tasks      bytes   encode µs  decode µs   encode+decode µs a task");
for (const make of [runMessage, doneMessage, statusMessage, freeMessage]) {
  for (const n of [1, tasks]) {
    const message: Message = make(n);
    const parcel = codec.encode(message, from, to);
    stampParcel(parcel, numbers);
    if (!codec.decode(parcel).ok) throw new Error(`${message.kind} does not come back`);
    const times = n === 1 ? rounds * 50 : rounds;
    const encode = time(() => stampParcel(codec.encode(message, from, to), numbers), times);
    const decode = time(() => void codec.decode(parcel), times);
    console.log(
      message.kind.padEnd(12),
      String(n).padStart(6),
      String(parcel.head.byteLength).padStart(10),
      encode.toFixed(2).padStart(11),
      decode.toFixed(2).padStart(10),
      ((encode + decode) / n).toFixed(3).padStart(12),
    );
  }
}
