import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { runWithContext, type Logger, type RequestContext } from '@nx/observability';
import { messageOf } from './kafka-client';
import type { ParkingPort, RawRecord } from './parking.port';
import { inboundRecord, type InboundRecord } from './record';
import { RecordError, type ErrorClass } from './record-errors';

export type RunHandler = (record: InboundRecord) => Promise<void>;
export type Outcome = 'handled' | 'parked' | 'blocked';

/** Pauses before the second and third try, ms. A record that is still refused then is parked. */
const QUICK_TRY_PAUSES_MS: readonly number[] = [50, 250];

/** The infrastructure is away: the record was neither handled nor parked, and its offset must not be committed. */
export class InfrastructureDownError extends Error {
  constructor(cause: unknown) {
    super(messageOf(cause), { cause });
    this.name = 'InfrastructureDownError';
  }
}

const REQUEST_ID = /^[A-Za-z0-9._-]{1,64}$/;

/** The request from which the record follows, so that logs and outgoing events carry on its ids. */
export function contextOf(record: RawRecord): RequestContext {
  const requestId = record.headers['x-request-id'] ?? '';
  const traceparent = record.headers['traceparent'];
  return {
    requestId: REQUEST_ID.test(requestId) ? requestId : randomUUID(),
    ...(traceparent === undefined ? {} : { traceparent }),
  };
}

export interface RecordProcessorOptions {
  group: string;
  parking: ParkingPort;
  classify(error: unknown): ErrorClass;
  logger: Logger;
}

/** Takes one record to its end: handled, or parked. Knows nothing of the broker. */
export class RecordProcessor {
  constructor(private readonly options: RecordProcessorOptions) {}

  /** Throws {@link InfrastructureDownError} when the record has to be tried again from the start. */
  process(raw: RawRecord, handler: RunHandler): Promise<Outcome> {
    return runWithContext(contextOf(raw), () => this.processInContext(raw, handler));
  }

  private async processInContext(raw: RawRecord, handler: RunHandler): Promise<Outcome> {
    if (raw.key !== null && (await this.ask(() => this.isKeyParked(raw.topic, raw.key ?? '')))) {
      await this.park(raw, 'blocked', undefined, 0);
      return 'blocked';
    }
    for (let tries = 1; ; tries += 1) {
      try {
        await handler(inboundRecord(raw));
        return 'handled';
      } catch (error) {
        const kind = this.options.classify(error);
        if (kind === 'infrastructure') throw new InfrastructureDownError(error);
        const pauseMs = QUICK_TRY_PAUSES_MS[tries - 1];
        const again = kind === 'record' && !(error instanceof RecordError && !error.retryable);
        if (!again || pauseMs === undefined) {
          await this.park(raw, kind, error, tries);
          return 'parked';
        }
        await delay(pauseMs);
      }
    }
  }

  private isKeyParked(topic: string, key: string): Promise<boolean> {
    return this.options.parking.isKeyParked(this.options.group, topic, key);
  }

  private async park(raw: RawRecord, kind: 'record' | 'sibling' | 'blocked', error: unknown, tries: number) {
    const { parking, group, logger } = this.options;
    const errorName = error instanceof Error ? error.name : '';
    const errorMessage = kind === 'blocked' ? '' : messageOf(error);
    await this.ask(() => parking.park(group, raw, { kind, errorName, errorMessage, tries }));
    const { topic, partition, offset, eventId } = raw;
    const fields = { topic, partition, offset, eventId, kind, errorName, errorMessage, tries };
    if (kind === 'blocked') logger.info('record parked behind an earlier one of its key', fields);
    else logger.error('record parked', fields);
  }

  /** Whatever the parking store throws means that the record is not safe yet. */
  private async ask<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw new InfrastructureDownError(error);
    }
  }
}
