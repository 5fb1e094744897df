/**
 * How much has been handed to the client that the server has not read yet. The client itself would keep any amount; a
 * ping after each `pingEachBytes` tells how far the server is, for it answers in the order in which it reads.
 */

const pingEachBytes = 1024 * 1024;

export class Outflow {
  private sentBytes = 0;
  private readBytes = 0;
  private pingedBytes = 0;
  private era = 0;
  private readonly limitBytes: number;
  private readonly ping: () => Promise<void>;
  private readonly onChange: (isFull: boolean) => void;
  private isFull = false;

  /** @param ping resolves when the server has read all that was sent before; rejections are ignored. */
  constructor(limitBytes: number, ping: () => Promise<void>, onChange: (isFull: boolean) => void) {
    this.limitBytes = limitBytes;
    this.ping = ping;
    this.onChange = onChange;
  }

  note(nbytes: number): void {
    this.sentBytes += nbytes;
    if (this.sentBytes - this.pingedBytes >= pingEachBytes) this.measure();
    if (!this.isFull && this.sentBytes - this.readBytes > this.limitBytes) this.turn(true);
  }

  /** A new connection: what was under way on the old one is gone. */
  reset(): void {
    this.era += 1;
    this.readBytes = this.sentBytes;
    this.pingedBytes = this.sentBytes;
    this.isFull = false;
  }

  private measure(): void {
    const { sentBytes, era } = this;
    this.pingedBytes = sentBytes;
    this.ping().then(
      () => this.read(sentBytes, era),
      () => undefined,
    );
  }

  private read(bytes: number, era: number): void {
    if (era !== this.era) return;
    this.readBytes = Math.max(this.readBytes, bytes);
    if (this.isFull && this.sentBytes - this.readBytes <= this.limitBytes / 2) this.turn(false);
  }

  private turn(isFull: boolean): void {
    this.isFull = isFull;
    if (isFull && this.pingedBytes < this.sentBytes) this.measure();
    this.onChange(isFull);
  }
}
