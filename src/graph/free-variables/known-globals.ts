/**
 * The names every supported Node gives to every thread: what an inline function may use without having brought it
 * along. The list is that of Node 20, the oldest supported; a name that only newer versions have would work on one
 * machine and fail on the next. It is written down rather than read from `globalThis`, so that the answer is the
 * same in every process, whatever a program has added to its own globals.
 *
 * `eval` is missing on purpose: what the evaluated text refers to cannot be known.
 */
const known: ReadonlySet<string> = new Set(
  `AbortController AbortSignal AggregateError Array ArrayBuffer Atomics BigInt BigInt64Array BigUint64Array Blob
   Boolean BroadcastChannel Buffer ByteLengthQueuingStrategy CompressionStream CountQueuingStrategy Crypto CryptoKey
   CustomEvent DOMException DataView Date DecompressionStream Error EvalError Event EventTarget File
   FinalizationRegistry Float32Array Float64Array FormData Function Headers Infinity Int16Array Int32Array Int8Array
   Intl JSON Map Math MessageChannel MessageEvent MessagePort NaN Number Object Performance PerformanceEntry
   PerformanceMark PerformanceMeasure PerformanceObserver PerformanceObserverEntryList PerformanceResourceTiming
   Promise Proxy RangeError ReadableByteStreamController ReadableStream ReadableStreamBYOBReader
   ReadableStreamBYOBRequest ReadableStreamDefaultController ReadableStreamDefaultReader ReferenceError Reflect
   RegExp Request Response Set SharedArrayBuffer String SubtleCrypto Symbol SyntaxError TextDecoder
   TextDecoderStream TextEncoder TextEncoderStream TransformStream TransformStreamDefaultController TypeError
   URIError URL URLSearchParams Uint16Array Uint32Array Uint8Array Uint8ClampedArray WeakMap WeakRef WeakSet
   WebAssembly WritableStream WritableStreamDefaultController WritableStreamDefaultWriter atob btoa clearImmediate
   clearInterval clearTimeout console crypto decodeURI decodeURIComponent encodeURI encodeURIComponent escape fetch
   global globalThis isFinite isNaN parseFloat parseInt performance process queueMicrotask setImmediate setInterval
   setTimeout structuredClone undefined unescape`.split(/\s+/),
);

/**
 * Names by which code asks where it runs (`typeof window`). Under `typeof` they are safe to have undefined, and a
 * function that asks first is trusted with its further uses of the same name.
 */
const environmentProbes: ReadonlySet<string> = new Set(
  `Bun Deno EdgeRuntime WorkerGlobalScope __webpack_require__ define document exports importScripts module navigator
   require self window`.split(/\s+/),
);

/** The global names as of Node 20, in alphabetical order of code units. */
export const knownGlobals: readonly string[] = Object.freeze([...known].sort());

export function isKnownGlobal(name: string): boolean {
  return known.has(name);
}

export function isEnvironmentProbe(name: string): boolean {
  return environmentProbes.has(name);
}
