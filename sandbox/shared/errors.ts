/** A control request that cannot be done; `status` is the HTTP status, the message is for the person at the other end. */
export class SandboxError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
    this.name = 'SandboxError';
  }
}
