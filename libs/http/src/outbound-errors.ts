/** No answer in time. Whether the other side acted is not known unless `sent` is false. */
export class OutboundTimeoutError extends Error {
  constructor(
    readonly target: string,
    /** Whether the request may have reached the other side. */
    readonly sent: boolean,
    options?: ErrorOptions,
  ) {
    super(`${target}: no answer in time`, options);
    this.name = 'OutboundTimeoutError';
  }
}

/** The connection could not be made or broke. Whether the other side acted is not known if `sent` is true. */
export class OutboundNetworkError extends Error {
  constructor(
    readonly target: string,
    /** Whether the request may have reached the other side. */
    readonly sent: boolean,
    reason: string,
    options?: ErrorOptions,
  ) {
    super(`${target}: ${reason}`, options);
    this.name = 'OutboundNetworkError';
  }
}

/** We did not call: the breaker of this target is open, or too many calls to it are under way. Nothing was sent. */
export class NotCalledError extends OutboundNetworkError {
  constructor(target: string, reason: string, options?: ErrorOptions) {
    super(target, false, reason, options);
    this.name = 'NotCalledError';
  }
}

/** The address is one that we never call: it would let a subscriber reach our own network. */
export class RefusedAddressError extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'RefusedAddressError';
  }
}
