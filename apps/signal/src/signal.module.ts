import { Module, type DynamicModule } from '@nestjs/common';
import { AuthzModule } from '@nx/authz';
import { ConfigModule } from '@nx/config';
import { TOPICS } from '@nx/contracts';
import { MessagingModule } from '@nx/messaging';
import { ObservabilityModule } from '@nx/observability';
import { isInfrastructureError, PersistenceModule } from '@nx/persistence';
import { ReliableModule } from '@nx/reliable';
import { BusModule } from './bus/bus.module';
import { ClientsModule } from './clients/clients.module';
import { DeadLettersModule } from './dead-letters/dead-letters.module';
import { NotificationsModule } from './notifications/notifications.module';
import { SignalConfig } from './signal.config';
import { StreamModule } from './stream/stream.module';

/** The realtime edge and the notification inbox: every instance holds sockets and consumes. */
@Module({})
export class SignalModule {
  static forRoot(config: Readonly<SignalConfig>): DynamicModule {
    return {
      module: SignalModule,
      imports: [
        ConfigModule.forRoot(SignalConfig, config),
        ObservabilityModule.forRoot({ service: 'signal', mode: config.mode, config: config.observability }),
        PersistenceModule.forRoot({ service: 'signal' }),
        MessagingModule.forRoot({
          service: 'signal',
          // Dead letters are published.
          producer: true,
          consumer: true,
          requiredTopics: [TOPICS.activityNotification],
          isInfrastructureError,
        }),
        ReliableModule.forRoot({ schema: 'signal', partitionedTables: ['signal."ActivityNotification"'] }),
        AuthzModule.forRoot({ jwks: config.jwks }),
        StreamModule,
        BusModule,
        NotificationsModule,
        ClientsModule,
        DeadLettersModule,
      ],
    };
  }
}
