import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { Actor } from '@nx/authz';
import { AppError } from '@nx/contracts';
import { encodeCursor, type Cursor } from '@nx/http';
import { Logger } from '@nx/observability';
import { BusPublisher } from '../bus/bus-publisher';
import { BusSubscriber } from '../bus/bus-subscriber';
import { Instance } from '../bus/instance';
import { Delivery, type Destination } from '../stream/delivery';
import { CLOSINGS, memberOf } from '../stream/frames';
import { SessionRegistry } from '../stream/session-registry';
import { ClientRegistry, type ClientRecord } from './client-registry';
import { SocketAudit } from './socket-audit';

export interface Sending {
  readonly topic: string;
  readonly data?: unknown;
}

const DISCONNECT = 'disconnect';

/** What operators see of the sockets of all instances and do to them. */
@Injectable()
export class ManageClients implements OnApplicationBootstrap {
  constructor(
    private readonly registry: ClientRegistry,
    private readonly audit: SocketAudit,
    private readonly sessions: SessionRegistry,
    private readonly delivery: Delivery,
    private readonly instance: Instance,
    private readonly bus: BusPublisher,
    private readonly heard: BusSubscriber,
    private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.heard.onControl((text) => this.obey(text));
  }

  async list(
    actor: Actor,
    limit: number,
    cursor: Cursor | undefined,
  ): Promise<{ count: number; clients: ClientRecord[]; nextCursor: string | null }> {
    await this.audit.record(actor, 'list');
    const all = await this.known();
    const rest = cursor === undefined ? all : all.filter((client) => isAfter(client, cursor));
    const clients = rest.slice(0, limit);
    const last = rest.length > limit ? clients.at(-1) : undefined;
    const nextCursor =
      last === undefined ? null : encodeCursor({ createdAtMs: Date.parse(last.connectedAt), id: last.id });
    return { count: all.length, clients, nextCursor };
  }

  /** @throws `signal.client.not_found` */
  async find(actor: Actor, id: string): Promise<ClientRecord> {
    await this.audit.record(actor, 'read', { target: id });
    return this.existing(id);
  }

  async broadcast(actor: Actor, sending: Sending): Promise<number> {
    await this.audit.record(actor, 'broadcast', sending);
    return this.send({ type: 'broadcast' }, sending, () => true);
  }

  async sendToRoom(actor: Actor, room: string, sending: Sending): Promise<number> {
    await this.audit.record(actor, 'send_room', { target: room, ...sending });
    return this.send({ type: 'room', target: room }, sending, (client) => client.rooms.includes(room));
  }

  /** @throws `signal.client.not_found` */
  async sendToClient(actor: Actor, id: string, sending: Sending): Promise<number> {
    await this.audit.record(actor, 'send_client', { target: id, ...sending });
    await this.existing(id);
    return this.send({ type: 'client', target: id }, sending, (client) => client.id === id);
  }

  /** @throws `signal.client.not_found` */
  async disconnect(actor: Actor, id: string): Promise<void> {
    await this.audit.record(actor, 'disconnect', { target: id });
    await this.existing(id);
    if (!this.end(id)) this.bus.command({ serverId: this.instance.id, command: DISCONNECT, clientId: id });
  }

  /** Returns the sockets reached: own ones counted, those of other instances as their lists say. */
  private async send(
    destination: Destination,
    { topic, data }: Sending,
    concerns: (client: ClientRecord) => boolean,
  ): Promise<number> {
    const others = (await this.known()).filter((client) => client.instance !== this.instance.id && concerns(client));
    return this.bus.push(destination, topic, data) + others.length;
  }

  private async known(): Promise<ClientRecord[]> {
    return this.registry.all().catch((error: unknown) => {
      throw unavailable(error);
    });
  }

  private async existing(id: string): Promise<ClientRecord> {
    const client = await this.registry.find(id).catch((error: unknown) => {
      throw unavailable(error);
    });
    if (client !== undefined) return client;
    throw new AppError({ code: 'signal.client.not_found', detail: 'No such client is connected.' });
  }

  private end(id: string): boolean {
    const session = this.sessions.find(id);
    if (session === undefined) return false;
    this.delivery.close(session, CLOSINGS.operator);
    return true;
  }

  /** Commands of the other instances. */
  private obey(text: string): void {
    try {
      const body: unknown = JSON.parse(text);
      const id = memberOf(body, 'clientId');
      if (memberOf(body, 'serverId') === this.instance.id || typeof id !== 'string') return;
      if (memberOf(body, 'command') === DISCONNECT) this.end(id);
    } catch (error) {
      this.logger.warn('a command of another instance could not be read', { error });
    }
  }
}

const isAfter = (client: ClientRecord, cursor: Cursor): boolean => {
  const connectedAtMs = Date.parse(client.connectedAt);
  return connectedAtMs > cursor.createdAtMs || (connectedAtMs === cursor.createdAtMs && client.id > cursor.id);
};

const unavailable = (cause: unknown): AppError =>
  new AppError({
    code: 'service.unavailable',
    detail: 'The list of clients cannot be read at the moment.',
    retryAfterSeconds: 2,
    cause,
  });
