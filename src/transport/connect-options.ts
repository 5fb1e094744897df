/** What connecting to a real bus takes, the same for NATS and RabbitMQ, and how a bus's address is shown to people. */

export interface TlsOptions {
  /** Certificates (PEM) that the bus's own is checked against, instead of the system's. */
  readonly caFile?: string;
  /** This side's certificate and its key (PEM), where the bus asks for one. */
  readonly certFile?: string;
  readonly keyFile?: string;
  /** Do not check who the bus is. For trials only: anybody between can read and write everything. */
  readonly insecure?: boolean;
}

export interface ConnectOptions {
  /** `nats://`, `tls://`, `amqp://` or `amqps://`, host and port; user and password may stand in it, and AMQP's virtual host. */
  readonly url: string;
  /** What the bus shows people of this connection. */
  readonly name?: string;
  readonly user?: string;
  readonly password?: string;
  /** NATS. */
  readonly token?: string;
  readonly tls?: TlsOptions;
  /** NATS: a `.creds` file (JWT and seed). */
  readonly credentialsFile?: string;
  /** NATS: a file with the seed of an nkey. */
  readonly nkeySeedFile?: string;
  /** NATS: what the subjects of answers to this connection begin with, so that permissions can be narrow. */
  readonly inboxPrefix?: string;
  /** How long the first connect may take. Default 10,000. */
  readonly connectTimeoutMs?: number;
  readonly limits?: ConnectLimits;
  /** Told of what goes wrong outside of any call: a refused subject, a slow reader. Never throws. */
  readonly onTrouble?: (error: Error) => void;
}

export interface ConnectLimits {
  /** The largest parcel to send or join. Default 1 GiB. */
  readonly parcelBytes?: number;
  /** What may wait for this process to be sent, or to be read, before the transport says `blocked`. Default 64 MiB. */
  readonly pendingBytes?: number;
}

export const defaultConnectTimeoutMs = 10_000;
export const defaultParcelBytes = 1024 * 1024 * 1024;
export const defaultPendingBytes = 64 * 1024 * 1024;

/** The addresses in a URL: NATS takes those of several servers, with commas between. */
export function busUrls(url: string): readonly string[] {
  return url.split(/,(?=\s*\w+:\/\/)/).map((each) => each.trim());
}

/** The URL as it may be shown and logged: without password, token or query. */
export function shownUrl(url: string): string {
  return busUrls(url).map(shownPart).join(",");
}

function shownPart(url: string): string {
  if (!URL.canParse(url)) return url.replace(/\/\/[^@/]*@/, "//").replace(/[?#].*$/, "");
  const { protocol, hostname, port, username, pathname, password } = new URL(url);
  // A user without a password is how NATS writes a token.
  const user = username !== "" && password !== "" ? `${username}@` : "";
  return `${protocol}//${user}${hostname}${port === "" ? "" : `:${port}`}${pathname === "/" ? "" : pathname}`;
}
