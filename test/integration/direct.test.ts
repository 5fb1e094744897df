import { connect, createServer, type Socket } from "node:net";
import { expect } from "chai";
import { announcedName } from "../../src/transport/direct/announcement.js";
import type { DirectPost } from "../../src/transport/direct/direct-post.js";
import { hello } from "../../src/transport/direct/greeting.js";
import { until } from "../../src/testing/until.js";
import { box, DirectStage, group, open, reached, text } from "./direct-stage.js";

const [w1, w2, c1] = [box("worker", "w1"), box("worker", "w2"), box("client", "c1")];

describe("Direct connections", () => {
  let stage: DirectStage;
  beforeEach(() => {
    stage = new DirectStage();
  });
  afterEach(() => stage.end());

  /** Two workers, the first of which has reached the second. */
  const pair = async () => {
    const [one, two] = [(await stage.process()).post, (await stage.process()).post];
    const [from, to] = [await open(one, w1), await open(two, w2)];
    await reached(one, w2, w1);
    return { one, two, from, to };
  };

  /** A socket of somebody who knows where the port is. */
  const stranger = async (post: DirectPost): Promise<{ socket: Socket; isClosed: () => boolean }> => {
    const socket = connect(post.port ?? 0, "127.0.0.1");
    let isClosed = false;
    socket.on("close", () => (isClosed = true)).on("error", () => undefined);
    stage.ending(async () => socket.destroy());
    await new Promise((resolve) => socket.once("connect", resolve));
    socket.resume();
    return { socket, isClosed: () => isClosed };
  };

  describe("refuse", () => {
    it("whoever does not know the token, and tells them nothing", async () => {
      const { post } = await stage.process();
      const { got } = await open(post, w1);
      const { socket, isClosed } = await stranger(post);
      let heard = 0;
      socket.on("data", ({ length }) => (heard += length));
      socket.write(hello(Buffer.alloc(32), Buffer.alloc(16, 1)));
      await until("the stranger is shown out", isClosed);
      expect([post.counters.ended.token, post.counters.accepted, heard, got]).to.deep.equal([1, 0, 0, []]);
    });

    it("garbage, and what another protocol begins with", async () => {
      const { post } = await stage.process();
      for (const bytes of [
        Buffer.alloc(1_000_000, 0xff),
        Buffer.from(`GET / HTTP/1.1\r\nHost: ${"x".repeat(80)}\r\n\r\n`),
      ]) {
        const { socket, isClosed } = await stranger(post);
        socket.write(bytes);
        await until("it is closed", isClosed);
      }
      expect([post.counters.ended.preamble, post.connections]).to.deep.equal([2, 0]);
    });

    it("a hello that stops in the middle, after a while", async () => {
      const { post } = await stage.process({ greetingTimeoutMs: 50 });
      const { socket, isClosed } = await stranger(post);
      socket.write("SKN1 half a hello");
      await until("it is closed", isClosed);
      expect([post.counters.ended.late, post.connections]).to.deep.equal([1, 0]);
    });

    it("more strangers than may wait at the door, while those who know the token come in later", async () => {
      const { post } = await stage.process({ strangers: 3 });
      await open(post, w1);
      const waiting = await Promise.all([stranger(post), stranger(post), stranger(post)]);
      await until("three wait", () => post.connections === 3);
      const fourth = await stranger(post);
      await until("the fourth is shown out", fourth.isClosed);
      expect(waiting.map(({ isClosed }) => isClosed())).to.deep.equal([false, false, false]);
      expect(post.counters.ended.full).to.equal(1);
      for (const { socket } of waiting) socket.destroy();
      const { post: other } = await stage.process({ redialAfterMs: 1 });
      await open(other, w2);
      await reached(other, w1, w2);
    });

    it("a length past the limits from somebody who has come in, and makes no room for it", async () => {
      const { post } = await stage.process();
      const { got } = await open(post, w1);
      const { token } = await stage.announced(w1);
      const { socket, isClosed } = await stranger(post);
      socket.write(hello(token, Buffer.alloc(16, 1)));
      await until("it is in", () => post.counters.accepted === 1);
      const before = process.memoryUsage().arrayBuffers;
      socket.write(Buffer.from([0xff, 0xff, 0xff, 0xff, 1, 0, 0, 0, 0x61]));
      await until("it is closed", isClosed);
      expect(process.memoryUsage().arrayBuffers - before).to.be.lessThan(64 * 1024 * 1024);
      expect([post.counters.ended.size, got]).to.deep.equal([1, []]);
    });

    it("a parcel for a mailbox that is not here, and goes on with the next one", async () => {
      const { one, two, from, to } = await pair();
      const third = await open(two, c1);
      await reached(one, c1, w1);
      await third.mailbox.close();
      from.mailbox.send(c1, text("late"));
      from.mailbox.send(w2, text("good"));
      await until("the good one is there", () => to.got.length === 1);
      expect([two.counters.strays, third.got]).to.deep.equal([1, []]);
    });
  });

  describe("carry parcels", () => {
    it("with their buffers, in order, both ways over the connection that one end has made", async () => {
      const { one, two, from, to } = await pair();
      const large = new Uint8Array(new SharedArrayBuffer(1_500_000)).fill(5);
      expect(two.reaches(w1, w2)).to.equal(true);
      for (let i = 0; i < 100; i += 1)
        from.mailbox.send(w2, i % 25 === 0 ? text(`${i}`, large, new Uint8Array(7)) : text(`${i}`));
      to.mailbox.send(w1, text("back", large));
      await until("all is there", () => to.got.length === 100 && from.got.length === 1);
      expect(to.got.map(({ head }) => head)).to.deep.equal(Array.from({ length: 100 }, (_, i) => `${i}`));
      const [first, second] = to.got[75]?.buffers ?? [];
      expect(Buffer.compare(first ?? Buffer.of(), large)).to.equal(0);
      expect([second?.length, from.got[0]?.buffers[0]?.length]).to.deep.equal([7, 1_500_000]);
      expect([one.counters.dialed, two.counters.dialed]).to.deep.equal([1, 0]);
    });

    it("never from or to a scheduler", async () => {
      const { one, two } = await pair();
      const scheduler = box("scheduler", "s");
      await open(one, scheduler);
      await open(two, box("scheduler", "t"));
      one.prepare(box("scheduler", "t"), w1);
      expect([one.reaches(box("scheduler", "t"), w1), one.reaches(w2, scheduler)]).to.deep.equal([
        false,
        false,
      ]);
      await stage.pretend(box("scheduler", "u"), { port: two.port ?? 0 });
      await until("the false scheduler is refused", () => one.counters.announcementsRefused === 1);
    });

    it("to a process that cannot be dialed, once it has dialed", async () => {
      const { post: client } = await stage.process({ listen: undefined as never });
      const { post: worker } = await stage.process();
      const [asks, serves] = [await open(client, c1), await open(worker, w1)];
      worker.prepare(c1, w1);
      await reached(client, w1, c1);
      await until("the worker knows the client", () => worker.reaches(c1, w1));
      serves.mailbox.send(c1, text("value"));
      await until("it is there", () => asks.got.length === 1);
      expect([worker.counters.dialed, client.port]).to.deep.equal([0, undefined]);
    });

    it("among many processes at once", async () => {
      const all = await Promise.all(
        Array.from({ length: 12 }, async (_, i) => {
          const { post } = await stage.process();
          const address = box("worker", `n${i}`);
          return { post, address, ...(await open(post, address)) };
        }),
      );
      const others = all.flatMap((from) => all.filter((to) => to !== from).map((to) => [from, to] as const));
      for (const [from, to] of others) from.post.prepare(to.address, from.address);
      await Promise.all(others.map(([from, to]) => reached(from.post, to.address, from.address)));
      const part = new Uint8Array(100_000).fill(1);
      for (const [from, to] of others)
        for (let i = 0; i < 5; i += 1) from.mailbox.send(to.address, text(`${from.address} ${i}`, part));
      await until("everyone has everything", () => all.every(({ got }) => got.length === 11 * 5));
      for (const to of all)
        for (const from of all.filter((each) => each !== to))
          expect(
            to.got.map(({ head }) => head).filter((head) => head.startsWith(`${from.address} `)),
          ).to.deep.equal(Array.from({ length: 5 }, (_, i) => `${from.address} ${i}`));
    });

    it("with all that a few links may have under way, in one go", async () => {
      const { from, to } = await pair();
      const part = new Uint8Array(new SharedArrayBuffer(1024 * 1024)).fill(3);
      const sent = Array.from({ length: 32 }, (_, i) => from.mailbox.send(w2, text(`${i}`, part)));
      expect(sent.filter((isTaken) => !isTaken)).to.deep.equal([]);
      await until("all is there", () => to.got.length === sent.length);
    });

    it("no more than fit: when too much waits, it says so, and goes on when there is room", async () => {
      const { post } = await stage.process();
      const { mailbox } = await open(post, w1);
      const sockets: Socket[] = [];
      const id = Buffer.alloc(16, 9);
      const server = createServer((socket) => {
        sockets.push(socket);
        socket.on("error", () => undefined);
        socket.once("readable", () => {
          socket.read(52);
          socket.write(Buffer.concat([Buffer.from("SKN1"), id]));
        });
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      stage.ending(async () => {
        for (const socket of sockets) socket.destroy();
        server.close();
      });
      await stage.pretend(w2, { port: (server.address() as { port: number }).port, id });
      await reached(post, w2, w1);
      const chunk = new Uint8Array(512 * 1024);
      let taken = 0;
      const take = (): boolean => {
        const isTaken = mailbox.send(w2, text("chunk", chunk));
        if (isTaken) taken += 1;
        return isTaken;
      };
      await until("it takes no more", () => !take());
      expect(taken * chunk.length).to.be.at.least(32 * 1024 * 1024);
      // What a peer waits for most, an acknowledgement, still finds a place.
      expect(mailbox.send(w2, text("ack"))).to.equal(true);
      sockets[0]?.resume();
      await until("it takes more again", take);
    });
  });

  describe("end", () => {
    it("when a peer is not announced any more, and are made anew to the one that takes its name", async () => {
      const { one, two, from } = await pair();
      await two.close();
      await until("it is not reached", () => !one.reaches(w2, w1));
      await until("nothing is left of it", () => one.connections === 0);
      expect(from.mailbox.send(w2, text("to nobody"))).to.equal(false);
      const { post: again } = await stage.process();
      const second = box("worker", "w2", "2");
      const { got } = await open(again, second);
      await reached(one, second, w1);
      from.mailbox.send(second, text("to the new one"));
      await until("it is there", () => got.length === 1);
      expect(one.reaches(w2, w1)).to.equal(false);
    });

    it("when the same mailbox is announced from another process", async () => {
      const { one, two, to } = await pair();
      await to.mailbox.close();
      const { post: other } = await stage.process();
      const moved = await open(other, w2);
      await until("the old one is let go of", () => one.connections === 0 && two.connections === 0);
      await reached(one, w2, w1);
      expect(other.connections).to.equal(1);
      expect(moved.got).to.deep.equal([]);
    });

    it("when nothing at all is heard for some beats", async () => {
      const { post } = await stage.process({ beatMs: 10 });
      await open(post, w1);
      const { token } = await stage.announced(w1);
      const mute = await stranger(post);
      mute.socket.write(hello(token, Buffer.alloc(16, 1)));
      await until("the mute one is let go of", mute.isClosed);
      expect([post.counters.accepted, post.counters.ended.silent]).to.deep.equal([1, 1]);
    });

    it("not while both ends give signs of life", async () => {
      const [one, two] = [
        (await stage.process({ beatMs: 5 })).post,
        (await stage.process({ beatMs: 5 })).post,
      ];
      await open(one, w1);
      await open(two, w2);
      await reached(one, w2, w1);
      const { post } = await stage.process({ beatMs: 5 });
      await open(post, c1);
      const { token } = await stage.announced(c1);
      // By the time a mute one has been given up, the others have had as many beats.
      for (let i = 0; i < 3; i += 1) {
        const mute = await stranger(post);
        mute.socket.write(hello(token, Buffer.alloc(16, i)));
        await until("the mute one is let go of", mute.isClosed);
      }
      expect([one.reaches(w2, w1), one.counters.ended.silent, two.counters.ended.silent]).to.deep.equal([
        true,
        0,
        0,
      ]);
    });

    it("when there are too many, the one that was not used for longest first", async () => {
      let late = 0;
      const clock = {
        now: () => performance.now() + late,
        setTimer: (atMs: number, run: () => void) => {
          const timer = setTimeout(run, atMs - clock.now()).unref();
          return () => clearTimeout(timer);
        },
        defer: (run: () => void) => void setImmediate(run),
      };
      const { post } = await stage.process({ connections: 2, clock });
      const { mailbox } = await open(post, w1);
      const others = [1, 2, 3].map((i) => box("worker", `o${i}`));
      for (const address of others) await open((await stage.process()).post, address);
      const [first = "", second = "", third = ""] = others;
      await reached(post, first, w1);
      await reached(post, second, w1);
      mailbox.send(first, text("used"));
      post.prepare(third, w1);
      expect([post.counters.dialed, post.connections]).to.deep.equal([2, 2]);
      late = 11_000;
      mailbox.send(first, text("used again"));
      await reached(post, third, w1);
      expect([first, second, third].map((each) => post.reaches(each, w1))).to.deep.equal([true, false, true]);
      expect([post.counters.ended.idle, post.connections]).to.deep.equal([1, 2]);
    });

    it("with the process: open ones are no reason for it to go on", async () => {
      const sockets = (): number =>
        process.getActiveResourcesInfo().filter((each) => each.startsWith("TCP")).length;
      const before = sockets();
      const { one, two } = await pair();
      expect([one.connections, two.connections, sockets()]).to.deep.equal([1, 1, before]);
    });

    it("for good with the post, which lets out what waits, and leaves nothing announced", async () => {
      const { one, two, from, to } = await pair();
      const large = new Uint8Array(4_000_000);
      from.mailbox.send(w2, text("last words", large));
      const closing = one.close();
      expect(from.mailbox.send(w2, text("too late"))).to.equal(false);
      await closing;
      await until("they arrive", () => to.got.length === 1);
      await until("no connection is left", () => two.connections === 0);
      expect(one.status).to.equal("closed");
      expect(await one.mailbox(c1, { onParcel: () => undefined }).catch((each: unknown) => each)).to.include({
        code: "ERR_TRANSPORT_CLOSED",
      });
      expect(two.reaches(w1, w2)).to.equal(false);
    });
  });

  describe("are not made", () => {
    it("to somebody else who listens at a port of old, and who is not asked again at once", async () => {
      const { post } = await stage.process({ greetingTimeoutMs: 50 });
      await open(post, w1);
      const servers = [
        createServer((socket) =>
          socket.on("error", () => undefined).write("220 mail.example ESMTP ready\r\n"),
        ),
        createServer((socket) => socket.on("error", () => undefined).resume()),
      ];
      for (const [i, server] of servers.entries()) {
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        stage.ending(async () => void server.close());
        const address = box("worker", `old${i}`);
        await stage.pretend(address, {
          port: (server.address() as { port: number }).port,
          id: Buffer.alloc(16, 100 + i),
        });
        await until("it is dialed", () => {
          post.prepare(address, w1);
          return post.counters.dialed === i + 1;
        });
        await until("it is let go of", () => post.connections === 0);
        post.prepare(address, w1);
        expect([post.reaches(address, w1), post.counters.dialed]).to.deep.equal([false, i + 1]);
      }
      expect([post.counters.ended.preamble, post.counters.ended.late]).to.deep.equal([1, 1]);
    });

    it("on the word of an announcement that is none, or in another's name", async () => {
      const { post } = await stage.process();
      await open(post, w1);
      const bus = await stage.bus.connect();
      await bus.announce(group, announcedName(w2), new Uint8Array([1, 2, 3]));
      await bus.announce(group, announcedName(c1), Buffer.from(`{"v":1,"address":"${c1}"}`));
      await bus.announce(group, "huge", new Uint8Array(10_000_000).fill(0x20));
      await stage.pretend(w2, { port: post.port ?? 0, name: announcedName(c1) });
      await until("all are refused", () => post.counters.announcementsRefused === 4);
      expect([post.reaches(w2, w1), post.counters.dialed]).to.deep.equal([false, 0]);
    });

    it("where the port is taken: the error says which, and what to do", async () => {
      const { post } = await stage.process();
      const error: unknown = await stage
        .process({ listen: { port: post.port ?? 0 } })
        .catch((each: unknown) => each);
      expect(error).to.include({ code: "ERR_DATA_PORT", port: post.port });
      expect(String(error)).to.match(/EADDRINUSE.*Choose another port/);
    });

    it("before the bus takes the announcement, and then they are", async () => {
      const transport = await stage.bus.connect();
      let isRefusing = true;
      const { post } = await stage.process({
        bus: {
          watch: (listener) => transport.watch(listener),
          presence: (name, watcher) => transport.presence(name, watcher),
          announce: async (...parts) => {
            if (isRefusing) throw new Error("the bus is down");
            return transport.announce(...parts);
          },
        },
      });
      await open(post, w1);
      isRefusing = false;
      transport.disconnect();
      transport.reconnect();
      const { post: other } = await stage.process();
      await open(other, w2);
      await reached(other, w1, w2);
    });
  });
});
