/** Arbitraries of valid messages, one for each kind that messages.ts knows. */

import fc from "fast-check";
import type { LinkMessage } from "../../src/protocol/envelope.js";
import type { Message, WireError, WireFunction } from "../../src/protocol/messages.js";

export type AnyMessage = Message | LinkMessage;

const count = fc.nat();
const run = fc.maxSafeNat();
const key = fc.string({ minLength: 1, maxLength: 20, unit: "grapheme" });
const keys = fc.array(key, { maxLength: 40 });
const bytes = fc.uint8Array({ maxLength: 64 });
/** Property names that no peer accepts. */
const isRefusedName = (text: string): boolean => /__proto__|constructor|prototype/.test(text);
const resources = fc.dictionary(
  fc.string({ maxLength: 6 }).filter((name) => !isRefusedName(name)),
  fc.double({ min: 0, max: 1e6, noNaN: true, noDefaultInfinity: true }),
  { maxKeys: 3, noNullPrototype: true },
);
/** As text and back, which makes 0 of -0: packed data does not tell them apart. */
const plain = fc
  .json({ maxDepth: 2 })
  .filter((text) => !isRefusedName(text))
  .map((text) => JSON.parse(text) as unknown)
  .map((value) => JSON.parse(JSON.stringify(value)) as unknown);

function runsOf(n: number): fc.Arbitrary<Float64Array> {
  return fc.array(run, { minLength: n, maxLength: n }).map((list) => Float64Array.from(list));
}

const runs = fc.nat({ max: 40 }).chain(runsOf);

/** Rows of bytes: their starts, and the bytes. */
function rows(n: number): fc.Arbitrary<{ starts: Uint32Array; bytes: Uint8Array }> {
  return fc.array(bytes, { minLength: n, maxLength: n }).map((list) => {
    const starts = new Uint32Array(n + 1);
    list.forEach((each, i) => (starts[i + 1] = (starts[i] ?? 0) + each.length));
    return { starts, bytes: Uint8Array.from(list.flatMap((each) => [...each])) };
  });
}

function keysOf(n: number): fc.Arbitrary<string[]> {
  return fc.array(key, { minLength: n, maxLength: n });
}

function numbers(n: number, limit: number): fc.Arbitrary<number[]> {
  return fc.array(fc.nat({ max: Math.max(0, limit - 1) }), { minLength: n, maxLength: n });
}

const wireFunction: fc.Arbitrary<WireFunction> = fc.oneof(
  fc.record({ kind: fc.constant("module" as const), module: fc.string(), name: fc.string() }),
  fc.record({ kind: fc.constant("inline" as const), name: fc.string(), source: fc.string() }),
);

const wireError: fc.Arbitrary<WireError> = fc.letrec<{ error: WireError }>((tie) => ({
  error: fc.record(
    {
      kind: fc.constantFrom("user" as const, "lost" as const, "oom" as const, "noWorker" as const),
      name: fc.string(),
      message: fc.string(),
      stack: fc.string(),
      details: fc.dictionary(fc.constantFrom("a", "b"), plain, { noNullPrototype: true }),
      cause: fc.option(tie("error"), { maxDepth: 2, nil: { kind: "user", name: "Error", message: "end" } }),
    },
    { requiredKeys: ["kind", "name", "message"] },
  ),
})).error;

const remote = fc.tuple(run, count, keys);
const size = fc.nat({ max: 24 });

const runMessage = size.chain((n) =>
  fc
    .tuple(
      runsOf(n),
      keysOf(n),
      rows(n),
      rows(n),
      numbers(n, 9),
      fc.array(remote, { maxLength: 3 }),
      wireFunction,
    )
    .map(([run, keys, args, inline, fn, remote, named]): AnyMessage => {
      return {
        kind: "run",
        run,
        keys,
        fn: Uint32Array.from(fn),
        fns: [[3, named]],
        flags: new Uint8Array(n),
        priority: run.map((value) => value / 3),
        user: run.map((value) => -value),
        argStart: args.starts,
        args: args.bytes,
        depStart: Uint32Array.from({ length: n + 1 }, (_, i) => Math.min(i, n)),
        dep: run,
        inlineRun: run,
        inlineStart: inline.starts,
        inline: inline.bytes,
        remote,
        options: n === 0 ? [] : [[n - 1, { attempt: 2, resources: { gpu: 1 } }]],
      };
    }),
);

const submit = size.chain((n) =>
  fc
    .tuple(keysOf(n), rows(n), fc.nat({ max: 5 }), numbers(n, n + 2), keys, wireFunction, key)
    .map(([keys, args, from, dep, externals, named, graphId]): AnyMessage => {
      const total = from + n;
      return {
        kind: "submit",
        graphId,
        priority: -1.5,
        retries: 2,
        wants: Uint32Array.from({ length: n }, (_, i) => i),
        tasks: {
          from,
          total,
          keys,
          fn: new Uint32Array(n),
          fns: [named],
          flags: new Uint8Array(n),
          depStart: Uint32Array.from({ length: n + 1 }, (_, i) => i),
          dataEnd: Uint32Array.from({ length: n }, (_, i) => i + (i % 2)),
          dep: Uint32Array.from(dep.map((each) => Math.min(each, Math.max(0, total + externals.length - 1)))),
          externals,
          argStart: args.starts,
          args: args.bytes,
          rank: Int32Array.from({ length: n }, (_, i) => -i),
          options: n === 0 ? [] : [[from, { retries: 1, workers: ["w1"] }]],
        },
      };
    }),
);

const done = size.chain((n) =>
  fc.tuple(runsOf(n), rows(n)).map(([run, inline]): AnyMessage => ({
    kind: "done",
    run,
    nbytes: run,
    tookMs: new Float32Array(n).fill(0.5),
    inlineStart: inline.starts,
    inline: inline.bytes,
  })),
);

const status = size.chain((n) =>
  fc
    .tuple(runsOf(n), keysOf(n), rows(n), keys, wireError, count)
    .map(([run, keys, inline, holders, error, turns]): AnyMessage => ({
      kind: "status",
      turns,
      keys,
      state: Uint8Array.from({ length: n }, (_, i) => i % 4),
      run,
      nbytes: run,
      inlineStart: inline.starts,
      inline: inline.bytes,
      holders: n === 0 ? [] : [[0, holders]],
      errors: n === 0 ? [] : [[n - 1, { error, origin: "o", attempts: 3, worker: "w1" }]],
    })),
);

const replaces = fc.constantFrom(undefined, { peer: "worker:w1:a1", how: "SIGKILL" });

const gifts = fc.option(runs, { nil: undefined });

const register = fc
  .tuple(runs, runs, resources, replaces, gifts)
  .chain(([runs, values, resources, replaces, gifts]) =>
    fc.tuple(keysOf(runs.length), keysOf(values.length)).map(([runKeys, valueKeys]): AnyMessage => ({
      kind: "register",
      name: "w1",
      threads: 2,
      concurrency: 1,
      memoryLimitBytes: 1e9,
      resources,
      ...(replaces === undefined ? {} : { replaces }),
      runs,
      started: new Uint8Array(runs.length).fill(1),
      runKeys,
      values,
      valueKeys,
      valueBytes: values,
      ...(gifts === undefined ? {} : { gifts }),
    })),
  );

const hello = fc.record({
  kind: fc.constant("hello" as const),
  role: fc.constantFrom("scheduler" as const, "worker" as const, "client" as const),
  name: key,
  versions: fc.constant([1, 3] as const),
});

const question = fc.oneof(
  fc.constantFrom({ type: "workers" as const }, { type: "stats" as const }, { type: "restart" as const }),
  fc.record({ type: fc.constantFrom("story" as const, "explain" as const, "known" as const), key }),
  fc.record({ type: fc.constant("progress" as const), graphId: key }),
  fc.record({ type: fc.constant("publish" as const), name: key, keys, meta: plain }),
  fc.record({ type: fc.constantFrom("published" as const, "unpublish" as const), name: key }),
  fc.record({ type: fc.constant("reserve" as const), nbytes: count, broadcast: fc.boolean() }),
  fc.record({ type: fc.constantFrom("subscribe" as const, "unsubscribe" as const), pattern: key }),
);

const piece = fc
  .tuple(count, run, bytes, count)
  .map(([id, run, bytes, offset]) => ({ id, run, bytes, offset, total: offset + bytes.length }));

const withRuns = (kind: "free" | "started" | "seceded"): fc.Arbitrary<AnyMessage> =>
  runs.map((runs): AnyMessage => ({ kind, runs }));

/** One arbitrary for each kind. */
export const messages: Readonly<Record<AnyMessage["kind"], fc.Arbitrary<AnyMessage>>> = {
  submit,
  run: runMessage,
  done,
  status,
  register,
  hello,
  want: fc
    .record(
      { keys, all: fc.constant(true as const), detached: fc.constant(true as const) },
      { requiredKeys: ["keys"] },
    )
    .map((want) => ({ kind: "want", ...want })),
  release: fc.tuple(keys, count).map(([keys, nth]) => ({ kind: "release", keys, nth })),
  keep: size.chain((n) =>
    fc
      .tuple(keysOf(n), runsOf(n), count)
      .map(([keys, since, nth]): AnyMessage => ({ kind: "keep", keys, since, nth })),
  ),
  retry: fc.tuple(keys, count).map(([keys, nth]) => ({ kind: "retry", keys, nth })),
  free: withRuns("free"),
  started: withRuns("started"),
  seceded: withRuns("seceded"),
  cancel: keys.map((keys) => ({ kind: "cancel", keys, reason: "no more" })),
  scatter: fc.tuple(key, run, keys, bytes).map(([key, run, holders, inline]) => {
    return { kind: "scatter", key, run, holders, inline, nbytes: inline.length };
  }),
  unavailable: fc
    .tuple(key, run, keys)
    .map(([key, run, holders]) => ({ kind: "unavailable", key, run, holders })),
  query: fc.tuple(count, question).map(([id, what]) => ({ kind: "query", id, what })),
  runEverywhere: fc
    .tuple(count, wireFunction, bytes)
    .map(([id, fn, args]) => ({ kind: "runEverywhere", id, fn, args })),
  clientBeat: fc
    .integer()
    .map((wantDigest) => ({ kind: "clientBeat", wantDigest, settledDigest: ~wantDigest })),
  accepted: key.map((graphId) => ({ kind: "accepted", graphId })),
  refused: fc.tuple(key, wireError).map(([graphId, error]) => ({ kind: "refused", graphId, error })),
  answer: fc.tuple(count, fc.boolean(), plain).map(([id, ok, value]) => ({ kind: "answer", id, ok, value })),
  event: fc.tuple(key, plain).map(([topic, data]) => ({ kind: "event", topic, data: { data } })),
  cancelRuns: fc.tuple(runs, fc.constantFrom("cancel" as const, "steal" as const)).map(([runs, why]) => {
    return { kind: "cancelRuns", runs, why };
  }),
  replicate: fc.array(remote).map((values) => ({ kind: "replicate", values })),
  missing: fc.array(remote).map((runs) => ({ kind: "missing", runs })),
  runOnWorker: fc
    .tuple(count, wireFunction, bytes)
    .map(([id, fn, args]) => ({ kind: "runOnWorker", id, fn, args })),
  "wants?": fc.constant({ kind: "wants?" }),
  "register?": fc.constant({ kind: "register?" }),
  failed: fc
    .array(fc.record({ run, error: wireError, part: key }, { requiredKeys: ["run", "error"] }), {
      maxLength: 3,
    })
    .map((runs) => ({ kind: "failed", runs })),
  handedBack: fc.tuple(runs, runs).map(([runs, kept]) => ({ kind: "handedBack", runs, kept })),
  copies: fc.tuple(runs, runs).map(([added, dropped]) => ({ kind: "copies", added, dropped })),
  ranOnWorker: fc.tuple(count, bytes).map(([id, value]) => ({ kind: "ranOnWorker", id, ok: true, value })),
  beat: fc.tuple(count, fc.boolean(), fc.integer()).map(([n, paused, digest]) => {
    return {
      kind: "beat",
      memoryBytes: n,
      managedBytes: n,
      paused,
      executing: n,
      queued: n,
      loopDelayMs: n / 7,
      runDigest: digest,
      valueDigest: ~digest,
    };
  }),
  progressed: fc.tuple(count, count, count).map((run) => ({ kind: "progressed", runs: [run] })),
  leave: key.map((reason) => ({ kind: "leave", reason })),
  get: fc.tuple(count, runs, count).map(([id, runs, credit]) => ({ kind: "get", id, runs, credit })),
  credit: fc.tuple(count, count).map(([id, bytes]) => ({ kind: "credit", id, bytes })),
  chunk: fc
    .tuple(piece, fc.option(key))
    .map(([each, key]) => ({ kind: "chunk", ...each, ...(key === null ? {} : { key }) })),
  gone: fc.tuple(count, runs).map(([id, runs]) => ({ kind: "gone", id, runs })),
  put: fc.tuple(piece, key).map(([each, key]) => ({ kind: "put", key, ...each })),
  putDone: fc.tuple(count, fc.boolean()).map(([id, ok]) => ({ kind: "putDone", id, ok })),
  bye: fc.tuple(key, fc.boolean()).map(([reason, restart]) => {
    return { kind: "bye", reason, ...(restart ? { restart } : {}) };
  }),
  sync: fc.tuple(fc.boolean(), hello).map(([reply, hello]) => ({ kind: "sync", reply, hello })),
  ack: fc
    .option(fc.tuple(count, count))
    .map((missing) => (missing === null ? { kind: "ack" } : { kind: "ack", missing })),
  stale: fc.tuple(fc.constantFrom("epoch" as const, "dead" as const), count).map(([why, epoch]) => {
    return { kind: "stale", why, epoch };
  }),
};

export const anyMessage: fc.Arbitrary<AnyMessage> = fc.oneof(...Object.values(messages));
