/** What goes wrong on a bus. */

import { SkeinError, describeCause } from "./base.js";

/** A message larger than the bus carries, even cut into pieces. */
export class PayloadTooLargeError extends SkeinError {
  readonly code = "ERR_PAYLOAD_TOO_LARGE";
  readonly nbytes: number;
  readonly limitBytes: number;

  constructor(where: string, nbytes: number, limitBytes: number) {
    super(
      `${where}: ${nbytes} bytes are more than the ${limitBytes} bytes that one message may have. ` +
        "Send less at a time, or keep the data where the workers can read it and pass its name.",
      { details: { where, nbytes, limitBytes } },
    );
    this.nbytes = nbytes;
    this.limitBytes = limitBytes;
  }
}

/** A mailbox was asked for at an address that is already read by somebody else here. */
export class AddressTakenError extends SkeinError {
  readonly code = "ERR_ADDRESS_TAKEN";
  readonly address: string;

  constructor(address: string) {
    super(
      `The address ${JSON.stringify(address)} has a mailbox already. Each incarnation needs a name of its own.`,
      {
        details: { address },
      },
    );
    this.address = address;
  }
}

/** Something was asked of a transport that has been closed. */
export class TransportClosedError extends SkeinError {
  readonly code = "ERR_TRANSPORT_CLOSED";

  constructor(transport: string, what: string) {
    super(`${what}: the transport ${transport} is closed. Connect a new one.`, {
      details: { transport, what },
    });
  }
}

/** Something was asked of a bus that cannot be reached at the moment. */
export class NotConnectedError extends SkeinError {
  readonly code = "ERR_NOT_CONNECTED";
  override readonly retryable = true;

  constructor(transport: string, what: string) {
    super(
      `${what}: the connection to ${transport} is down. It is being made anew; ask again, or check that the bus is up.`,
      { details: { transport, what } },
    );
  }
}

/** Whether a bus was away when something was asked of it. By code: transports are loaded when they are first named. */
export function isNotConnected(error: unknown): boolean {
  return (error as Partial<SkeinError> | null | undefined)?.code === "ERR_NOT_CONNECTED";
}

/** A message bus that cannot be reached; `.url` is its address without a password. */
export class BusUnreachableError extends SkeinError {
  readonly code = "ERR_BUS_UNREACHABLE";
  override readonly retryable = true;
  readonly url: string;

  /** @param tried what was done, such as "connecting for 10000 ms"; @param remedy what to try. */
  constructor(url: string, tried: string, remedy: string, cause?: unknown) {
    super(
      `The bus at ${url} cannot be reached: ${tried}${cause === undefined ? "" : ` (${describeCause(cause)})`}. ${remedy}`,
      { cause, details: { url, tried } },
    );
    this.url = url;
  }
}

/** A message bus that refuses: who connects, or what it asks for; `.subject` names the subject, queue or virtual host. */
export class BusRefusedError extends SkeinError {
  readonly code = "ERR_BUS_REFUSED";
  readonly url: string;
  readonly subject: string | undefined;
  /** Whether the bus has no such thing, whoever asks. */
  readonly isMissing: boolean;

  /** @param refused what was refused, such as "to subscribe to skein.a.box.w1". */
  constructor(
    url: string,
    refused: string,
    remedy: string,
    options: { subject?: string; cause?: unknown; isMissing?: boolean } = {},
  ) {
    super(
      `The bus at ${url} refuses ${refused}${options.cause === undefined ? "" : ` (${describeCause(options.cause)})`}. ${remedy}`,
      { cause: options.cause, details: { url, refused, subject: options.subject } },
    );
    this.url = url;
    this.subject = options.subject;
    this.isMissing = options.isMissing === true;
  }
}

/** The port for direct connections of peers cannot be had. */
export class DataPortError extends SkeinError {
  readonly code = "ERR_DATA_PORT";
  readonly host: string;
  readonly port: number;

  constructor(host: string, port: number, problem: string, cause?: unknown) {
    super(
      `The data port ${host}:${port} cannot be opened: ${problem}. ` +
        "Choose another port (0 takes any that is free) or another host, or go without: peers then talk over the bus.",
      { cause, details: { host, port } },
    );
    this.host = host;
    this.port = port;
  }
}

/** A record was written under a term that is over: somebody else leads now. */
export class JournalFencedError extends SkeinError {
  readonly code = "ERR_JOURNAL_FENCED";
  readonly term: number;
  readonly newest: number;

  constructor(journal: string, term: number, newest: number) {
    super(
      `The journal ${JSON.stringify(journal)} takes no records of term ${term}: term ${newest} has begun. ` +
        "Stop leading, and claim a term anew.",
      { details: { journal, term, newest } },
    );
    this.term = term;
    this.newest = newest;
  }
}
