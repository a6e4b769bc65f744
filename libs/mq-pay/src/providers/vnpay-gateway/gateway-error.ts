/** What is wrong with one field of a gateway message. Stable words. */
export type GatewayFault =
  | 'MISSING'
  | 'TOO_SHORT'
  | 'TOO_LONG'
  | 'BAD_CHARACTERS'
  /** No whole VND times 100. */
  | 'NOT_AN_AMOUNT'
  /** No `yyyyMMddHHmmss` that exists. */
  | 'NOT_A_TIME'
  /** Neither an IPv4 nor an IPv6 address. */
  | 'NOT_AN_ADDRESS'
  /** Not the word that this message has there. */
  | 'UNEXPECTED'
  | 'OUT_OF_WINDOW'
  /** A name came twice, so two readers could see two messages. */
  | 'REPEATED'
  /** A value that is joined by `|` contains it, so two messages could have one hash. */
  | 'SEPARATOR'
  /** Not decodable: broken percent encoding, no UTF-8, no JSON object. */
  | 'MALFORMED'
  /** More text or more parameters than any message of this protocol has. */
  | 'TOO_MUCH';

/** A message from outside that cannot be read. The only error of the gateway's parsers; it holds no value. */
export class GatewayMessageError extends Error {
  override readonly name = 'GatewayMessageError';

  /** `field` is the name on the wire, or empty for the message as a whole. */
  constructor(
    readonly field: string,
    readonly reason: GatewayFault,
  ) {
    super(`${field === '' ? 'The message' : field}: ${reason}`);
  }
}

/** A value of ours that the protocol cannot carry. The only error of the gateway's builders; nothing was sent. */
export class GatewayFieldError extends RangeError {
  override readonly name = 'GatewayFieldError';

  constructor(
    readonly field: string,
    readonly reason: GatewayFault,
  ) {
    super(`${field}: ${reason}`);
  }
}
