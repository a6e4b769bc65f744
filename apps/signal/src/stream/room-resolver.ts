import { Injectable } from '@nestjs/common';
import { OutboundClient } from '@nx/http';
import { Logger, Metrics, type Counter } from '@nx/observability';
import { SignalConfig } from '../signal.config';

/** To whom a single thing belongs. */
export interface RoomOwner {
  readonly merchantId: string | null;
  readonly organizerId: string | null;
}

/** Owners of things never change, so a known one stays until newer ones need the place. */
const CACHE_SIZE = 10_000;

/** Asks the service of a thing's room who owns the thing. */
@Injectable()
export class RoomResolver {
  private readonly services: ReadonlyMap<string, string>;
  private readonly known = new Map<string, RoomOwner>();
  private readonly asking = new Map<string, Promise<RoomOwner | undefined>>();
  private readonly questions: Counter;

  constructor(
    private readonly config: SignalConfig,
    private readonly outbound: OutboundClient,
    private readonly logger: Logger,
    metrics: Metrics,
  ) {
    this.services = new Map(
      config.rooms.resolvers.map((entry) => {
        const split = entry.indexOf('=');
        return [entry.slice(0, split), entry.slice(split + 1).replace(/\/+$/, '')];
      }),
    );
    this.questions = metrics.counter('signal_room_questions_total', 'Questions for the owner of a room', [
      'sibling',
      'outcome',
    ]);
  }

  knows(service: string): boolean {
    return this.services.has(service);
  }

  /** `undefined` when the service does not know the room or cannot be asked; that is never remembered. */
  async ownerOf(service: string, room: string): Promise<RoomOwner | undefined> {
    const known = this.known.get(room);
    if (known !== undefined) return known;
    const running = this.asking.get(room) ?? this.ask(service, room).finally(() => this.asking.delete(room));
    this.asking.set(room, running);
    return running;
  }

  private async ask(service: string, room: string): Promise<RoomOwner | undefined> {
    const { serviceToken, resolverTimeoutMs: timeoutMs } = this.config.rooms;
    const url = `${this.services.get(service)}/internal/api/rooms?name=${encodeURIComponent(room)}`;
    const headers = { accept: 'application/json', ...(serviceToken === undefined ? {} : bearer(serviceToken)) };
    try {
      const answer = await this.outbound.request(
        { method: 'GET', url, headers },
        { name: `rooms-${service}`, timeoutMs, maxResponseBytes: 65_536 },
      );
      const owner = answer.status === 200 ? ownerIn(answer.body.toString('utf8')) : undefined;
      this.questions.inc({ sibling: service, outcome: owner === undefined ? `status_${answer.status}` : 'known' });
      if (owner !== undefined) this.remember(room, owner);
      return owner;
    } catch (error) {
      this.questions.inc({ sibling: service, outcome: 'failed' });
      this.logger.warn('the owner of a room could not be asked for', { sibling: service, error });
      return undefined;
    }
  }

  private remember(room: string, owner: RoomOwner): void {
    this.known.set(room, owner);
    if (this.known.size <= CACHE_SIZE) return;
    for (const oldest of this.known.keys()) {
      this.known.delete(oldest);
      return;
    }
  }
}

const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token.trim()}` });

const idOrNull = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

/** An answer that names neither merchant nor organizer gives nobody the right to join. */
const ownerIn = (text: string): RoomOwner | undefined => {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null) return undefined;
  const body = value as Record<string, unknown>;
  const owner = { merchantId: idOrNull(body['merchantId']), organizerId: idOrNull(body['organizerId']) };
  return owner.merchantId === null && owner.organizerId === null ? undefined : owner;
};
