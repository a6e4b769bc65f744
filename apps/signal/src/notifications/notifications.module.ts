import { Module } from '@nestjs/common';
import { BusModule } from '../bus/bus.module';
import { ChangeInbox } from './change-inbox';
import { NotificationConsumer } from './notification.consumer';
import { NotificationRepository } from './notification.repository';
import { NotificationsController } from './notifications.controller';
import { PreferencesController } from './preferences.controller';
import { PreferencesRepository } from './preferences.repository';
import { ResolveRecipients } from './resolve-recipients';
import { RetentionSweep } from './retention-sweep';
import { StoreNotification } from './store-notification';
import { loadTemplates } from './templates';
import { TEMPLATES } from './templates.token';

/** The inbox: from Kafka into the table, from the table to its owner. */
@Module({
  imports: [BusModule],
  controllers: [NotificationConsumer, NotificationsController, PreferencesController],
  providers: [
    // A text that is missing stops the start.
    { provide: TEMPLATES, useFactory: () => loadTemplates() },
    PreferencesRepository,
    NotificationRepository,
    ChangeInbox,
    ResolveRecipients,
    StoreNotification,
    RetentionSweep,
  ],
})
export class NotificationsModule {}
