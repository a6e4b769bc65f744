import { WebSocket } from 'ws';

interface Pending {
  resolve(value: Record<string, unknown>): void;
  reject(error: Error): void;
}

export interface Usage {
  /** Of the whole process, garbage collection and threads included. */
  readonly cpuMicroseconds: number;
  readonly rssBytes: number;
  /** Objects in use, and the buffers that they hold. */
  readonly heapBytes: number;
}

/** What a Node process uses, asked over its inspector: the same way for every server that is compared. */
export class Inspector {
  private readonly pending = new Map<number, Pending>();
  private last = 0;

  private constructor(private readonly socket: WebSocket) {
    socket.on('message', (data: Buffer) => {
      const { id, result, error } = JSON.parse(data.toString()) as {
        id?: number;
        result?: Record<string, unknown>;
        error?: { message: string };
      };
      const pending = this.pending.get(id ?? 0);
      this.pending.delete(id ?? 0);
      if (error === undefined) pending?.resolve(result ?? {});
      else pending?.reject(new Error(error.message));
    });
  }

  static async attach(port: number): Promise<Inspector> {
    const [target] = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as {
      webSocketDebuggerUrl: string;
    }[];
    const socket = new WebSocket(target?.webSocketDebuggerUrl ?? '', { perMessageDeflate: false });
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    return new Inspector(socket);
  }

  call(method: string, params: object = {}): Promise<Record<string, unknown>> {
    this.last += 1;
    const id = this.last;
    this.socket.send(JSON.stringify({ id, method, params }));
    return new Promise((resolve, reject) => this.pending.set(id, { resolve, reject }));
  }

  async usage(): Promise<Usage> {
    const expression = `JSON.stringify([process.cpuUsage(), process.memoryUsage()])`;
    const { result } = (await this.call('Runtime.evaluate', { expression })) as { result: { value: string } };
    const [cpu, memory] = JSON.parse(result.value) as [{ user: number; system: number }, NodeJS.MemoryUsage];
    return {
      cpuMicroseconds: cpu.user + cpu.system,
      rssBytes: memory.rss,
      heapBytes: memory.heapUsed + memory.external,
    };
  }

  async collectGarbage(): Promise<void> {
    await this.call('HeapProfiler.enable');
    // What one round frees may be what holds something else.
    for (let round = 0; round < 3; round += 1) await this.call('HeapProfiler.collectGarbage');
    await this.call('HeapProfiler.disable');
  }

  close(): void {
    this.socket.close();
  }
}
