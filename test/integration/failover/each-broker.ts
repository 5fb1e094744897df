/**
 * One scenario on each broker. They begin together, for most of what they do is wait; each test is the outcome of
 * one.
 */

import { startNats } from "../../support/brokers/nats-server.js";
import { startRabbit } from "../../support/brokers/rabbitmq-server.js";

export interface Broker extends AsyncDisposable {
  readonly kind: string;
  readonly url: string;
  readonly port: number;
  /** SIGKILL; `start` brings it back with what it stored. */
  kill(): Promise<void>;
  start(): Promise<void>;
}

const kinds = { NATS: startNats, RabbitMQ: startRabbit };

type Kind = keyof typeof kinds;

async function startBroker(kind: Kind): Promise<Broker> {
  const server = await kinds[kind]();
  return {
    kind,
    url: server.url,
    port: server.port,
    kill: () => server.kill(),
    start: () => server.start(),
    [Symbol.asyncDispose]: () => server.stop(),
  };
}

/** @param deadlineMs what the scenario may take, brokers and processes included. */
export function onEachBroker(
  title: string,
  deadlineMs: number,
  scenario: (broker: Broker) => Promise<void>,
): void {
  describe(title, () => {
    const outcomes = new Map<Kind, Promise<void>>();
    before(() => {
      for (const kind of Object.keys(kinds) as Kind[]) {
        const outcome = (async () => {
          await using broker = await startBroker(kind);
          await scenario(broker);
        })();
        // Whoever awaits it hears of it.
        outcome.catch(() => undefined);
        outcomes.set(kind, outcome);
      }
    });
    for (const kind of Object.keys(kinds) as Kind[]) {
      it(`on ${kind}`, () => outcomes.get(kind)).timeout(deadlineMs);
    }
    // A scenario that was too slow must not go on into the next one.
    after(async function () {
      this.timeout(deadlineMs);
      await Promise.allSettled(outcomes.values());
    });
  });
}
