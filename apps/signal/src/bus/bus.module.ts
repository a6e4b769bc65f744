import { Module } from '@nestjs/common';
import { StreamModule } from '../stream/stream.module';
import { BusPublisher } from './bus-publisher';
import { BusSubscriber } from './bus-subscriber';
import { Instance } from './instance';

/** The Redis bus, heard once and spoken to once per instance. */
@Module({
  imports: [StreamModule],
  providers: [Instance, BusSubscriber, BusPublisher],
  exports: [Instance, BusSubscriber, BusPublisher],
})
export class BusModule {}
