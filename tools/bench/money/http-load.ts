import { Pool } from 'undici';

export interface LoadRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Requests to one server over connections that stay open, always so many of them under way. */
export class HttpLoad {
  private readonly pool: Pool;

  constructor(
    url: string,
    private readonly inFlight: number,
    /** The next request; each is another one. */
    private readonly next: () => LoadRequest,
    /** What the answer must hold; any other ends the measurement. */
    private readonly expected: { readonly status: number; readonly text: string },
  ) {
    this.pool = new Pool(url, { connections: inFlight, pipelining: 1 });
  }

  /** Requests that were answered per second. @throws Error with the first answer that is not the expected one */
  async run(milliseconds: number): Promise<number> {
    const begin = performance.now();
    const end = begin + milliseconds;
    let answered = 0;
    const one = async (): Promise<void> => {
      while (performance.now() < end) {
        await this.send(this.next());
        answered += 1;
      }
    };
    await Promise.all(Array.from({ length: this.inFlight }, one));
    return answered / ((performance.now() - begin) / 1000);
  }

  close(): Promise<void> {
    return this.pool.close();
  }

  /** One request; gives the text of its answer. */
  async send({ method, path, headers, body }: LoadRequest): Promise<string> {
    const { statusCode, body: stream } = await this.pool.request({
      method,
      path,
      ...(headers === undefined ? {} : { headers }),
      ...(body === undefined ? {} : { body }),
    });
    const text = await stream.text();
    if (statusCode !== this.expected.status || !text.includes(this.expected.text))
      throw new Error(`${method} ${path.slice(0, 60)} answered ${statusCode}: ${text.slice(0, 500)}`);
    return text;
  }
}
