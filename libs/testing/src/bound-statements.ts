/** Of PostgreSQL's protocol 3.0 (documentation §55.7): a statement is given its name, and is executed under it. */
const PARSE = 0x50;
const BIND = 0x42;
const TYPE_BYTES = 1;
const LENGTH_BYTES = 4;

/**
 * Reads along what one client sends to PostgreSQL: the text of a prepared statement goes over the wire once, and only its name
 * each time that it is executed.
 */
export class BoundStatements {
  private readonly texts = new Map<string, string>();
  private rest: Buffer = Buffer.alloc(0);
  private isStarted = false;

  /** Texts of the prepared statements that are executed by the messages which end in this chunk. */
  read(chunk: Buffer): string[] {
    this.rest = Buffer.concat([this.rest, chunk]);
    const bound: string[] = [];
    for (;;) {
      // The first message has no type.
      const lengthAt = this.isStarted ? TYPE_BYTES : 0;
      if (this.rest.length < lengthAt + LENGTH_BYTES) return bound;
      const end = lengthAt + this.rest.readInt32BE(lengthAt);
      if (this.rest.length < end) return bound;
      if (this.isStarted) this.message(this.rest[0], this.rest.subarray(TYPE_BYTES + LENGTH_BYTES, end), bound);
      this.isStarted = true;
      this.rest = this.rest.subarray(end);
    }
  }

  private message(type: number | undefined, body: Buffer, bound: string[]): void {
    if (type === PARSE) {
      const [name = '', text = ''] = stringsOf(body);
      if (name !== '') this.texts.set(name, text);
    } else if (type === BIND) {
      const [, name = ''] = stringsOf(body);
      const text = this.texts.get(name);
      if (text !== undefined) bound.push(text);
    }
  }
}

/** The first two strings of a message, each with a zero byte behind it. */
function stringsOf(body: Buffer): string[] {
  const middle = body.indexOf(0);
  const end = body.indexOf(0, middle + 1);
  return [body.toString('utf8', 0, middle), body.toString('utf8', middle + 1, end)];
}
