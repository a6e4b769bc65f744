import { Module } from '@nestjs/common';
import { BusModule } from '../bus/bus.module';
import { StreamModule } from '../stream/stream.module';
import { ClientRegistry } from './client-registry';
import { ClientsController } from './clients.controller';
import { ManageClients } from './manage-clients';
import { SocketAudit } from './socket-audit';

/** What operators see of the sockets and do to them. */
@Module({
  imports: [StreamModule, BusModule],
  controllers: [ClientsController],
  providers: [ClientRegistry, ManageClients, SocketAudit],
})
export class ClientsModule {}
