import { Controller, Global, Module, type CanActivate } from '@nestjs/common';
import { APP_GUARD, NestFactory } from '@nestjs/core';
import { Payload, type MicroserviceOptions } from '@nestjs/microservices';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { PlatformConfig } from '@nx/config';
import { HealthRegistry, ObservabilityModule } from '@nx/observability';
import { eventually } from '@nx/testing';
import { describe, expect, it } from 'vitest';
import { makeTopics, MemoryParking, silent, testSettings } from './kafka.fixture';
import type { KafkaSettings } from './kafka-settings';
import { ConsumerFactory, MessagingModule, type MessagingOptions } from './messaging.module';
import { KafkaProducer } from './producer';
import type { InboundRecord } from './record';
import { RecordHandler } from './record-handler.decorator';

const seen: InboundRecord[] = [];

@Controller()
class Consumer {
  @RecordHandler('payment.events', { name: 'refunds' })
  async onEvent(@Payload() record: InboundRecord): Promise<void> {
    seen.push(record);
  }
}

/** As the application's guard of HTTP routes, which knows nothing of records. */
class RefuseAll implements CanActivate {
  canActivate(): boolean {
    return false;
  }
}

function appModule(settings: KafkaSettings, options: Partial<MessagingOptions>): new () => object {
  const kafka = { ...settings, groupId: `${settings.topicPrefix}_GROUP`, clientId: 'EXACT_CONSUMER' };
  const config = { provide: PlatformConfig, useValue: { kafka } };
  @Global()
  @Module({ providers: [config], exports: [PlatformConfig] })
  class Config {}
  const observability = { service: 'test', mode: 'full', config: { logLevel: 'error' }, logger: silent } as const;
  const messaging = { service: 'invoice', producer: true, consumer: true, requiredTopics: ['payment.events'] } as const;
  @Module({
    imports: [
      Config,
      ObservabilityModule.forRoot(observability),
      MessagingModule.forRoot({ ...messaging, watchMs: 100, ...options }),
    ],
    controllers: [Consumer],
    providers: [{ provide: APP_GUARD, useClass: RefuseAll }],
  })
  class App {}
  return App;
}

describe('MessagingModule', () => {
  it('connects a hybrid application: produce, consume, health; guards of routes stay out', async () => {
    const settings = await testSettings();
    const app = await NestFactory.create(appModule(settings, {}), new FastifyAdapter(), { logger: false });
    const strategy = app.get(ConsumerFactory).create(new MemoryParking(), { sessionTimeoutMs: 6_000, watchMs: 100 });
    app.connectMicroservice<MicroserviceOptions>({ strategy });
    await app.startAllMicroservices();
    await app.init();
    try {
      const health = app.get(HealthRegistry);
      const named = async (name: string) => (await health.ready()).indicators.find((found) => found.name === name);
      const missing = `topics missing: ${settings.topicPrefix}.payment.events`;
      await eventually(async () => (await named('kafka'))?.detail === missing);
      await eventually(async () => (await named('kafka-consumer'))?.detail === missing);
      await makeTopics(settings, 'payment.events');
      await eventually(async () => (await health.ready()).ok);
      expect(strategy.group).toBe(`${settings.topicPrefix}_GROUP`);
      await app.get(KafkaProducer).send([{ topic: 'payment.events', key: 't-1', value: { a: 1 } }]);
      await eventually(() => seen.length === 1);
      expect(seen[0]).toMatchObject({ key: 't-1', value: { a: 1 }, topic: `${settings.topicPrefix}.payment.events` });
    } finally {
      await app.close();
    }
    expect(strategy.state().phase).toBe('stopped');
  });

  it('connects nothing where nothing is produced or consumed', async () => {
    const settings = await testSettings({ brokers: ['127.0.0.1:1'] });
    const app = await NestFactory.create(
      appModule(settings, { producer: false, consumer: false }),
      new FastifyAdapter(),
      { logger: false },
    );
    await app.init();
    expect(await app.get(HealthRegistry).ready()).toMatchObject({ ok: true, indicators: [] });
    await app.close();
  });
});

describe('KafkaProducer', () => {
  it('fails only the caller whose topic is missing, and sends again afterwards', async () => {
    const settings = await testSettings();
    await makeTopics(settings, 'good');
    const app = await NestFactory.create(appModule(settings, { consumer: false }), new FastifyAdapter(), {
      logger: false,
    });
    await app.init();
    const producer = app.get(KafkaProducer);
    const message = (topic: string) => producer.send([{ topic, key: 'k', value: {} }]);
    const outcomes = await Promise.allSettled([message('good'), message('missing'), message('good')]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    await message('good');
    await app.close();
    await expect(message('good')).rejects.toThrow(/closed/);
  });
});
