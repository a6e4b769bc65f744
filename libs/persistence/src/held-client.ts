import type { PoolClient } from 'pg';

/** A client that was taken out of the pool and is given back once. */
export class HeldClient {
  returned = false;
  private broken: Error | undefined;
  private readonly onError = (error: Error): void => {
    this.broken = error;
  };

  constructor(
    readonly client: PoolClient,
    private readonly noteReturn: () => void,
  ) {
    // Without a listener a connection that breaks between two statements would end the process.
    client.on('error', this.onError);
  }

  giveBack(error?: Error): void {
    if (this.returned) return;
    this.returned = true;
    this.client.off('error', this.onError);
    this.noteReturn();
    this.client.release(error ?? this.broken);
  }
}
