import { Module } from '@nestjs/common';
import { AuditTrail, ParkedRecords } from '@nx/reliable';
import { DeadLettersController, InternalDeadLettersController } from './dead-letters.controller';

/** What could not be put into inboxes, and its way back. */
@Module({
  controllers: [DeadLettersController, InternalDeadLettersController],
  providers: [AuditTrail, ParkedRecords],
})
export class DeadLettersModule {}
