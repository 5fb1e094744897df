/**
 * What a value costs at least: a TCP socket between two processes, of which one writes it, and the other reads it
 * straight into fresh memory. Nothing is announced, numbered, acknowledged or kept.
 */

import { connect, createServer, type AddressInfo, type Socket } from "node:net";

const pieceBytes = 1_000_000;

/** The process that has the value. It sends it whenever a byte comes; resolves with its port. */
export async function serveBare(nbytes: number): Promise<number> {
  const value = new Uint8Array(new SharedArrayBuffer(nbytes)).fill(7);
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on("data", () => {
      socket.cork();
      for (let at = 0; at < nbytes; at += pieceBytes) socket.write(value.subarray(at, at + pieceBytes));
      socket.uncork();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

/** The process that wants it. */
export class BareStream {
  readonly #nbytes: number;
  readonly #idle = new Uint8Array(1);
  #value: Uint8Array = this.#idle;
  #got = 0;
  #whole: () => void = () => undefined;
  #socket: Socket | undefined;

  private constructor(nbytes: number) {
    this.#nbytes = nbytes;
  }

  static async connect(port: number, nbytes: number): Promise<BareStream> {
    const stream = new BareStream(nbytes);
    const socket = connect({
      host: "127.0.0.1",
      port,
      onread: {
        // The socket asks for a place once more when all has come.
        buffer: () =>
          stream.#got < stream.#value.length ? stream.#value.subarray(stream.#got) : stream.#idle,
        callback: (count) => {
          stream.#got += count;
          if (stream.#got === nbytes) stream.#whole();
          return true;
        },
      },
    });
    stream.#socket = socket;
    await new Promise((resolve) => socket.once("connect", resolve));
    return stream;
  }

  async fetch(): Promise<Uint8Array> {
    this.#value = new Uint8Array(new SharedArrayBuffer(this.#nbytes));
    this.#got = 0;
    await new Promise<void>((resolve) => {
      this.#whole = resolve;
      this.#socket?.write("1");
    });
    return this.#value;
  }

  close(): void {
    this.#socket?.destroy();
  }
}
