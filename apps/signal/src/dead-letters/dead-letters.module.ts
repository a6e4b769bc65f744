import { Module } from '@nestjs/common';
import { AuditTrail } from '@nx/reliable';
import { DeadLetters } from './dead-letters';
import { DeadLettersController, InternalDeadLettersController } from './dead-letters.controller';

/** What could not be put into inboxes, and its way back. */
@Module({
  controllers: [DeadLettersController, InternalDeadLettersController],
  providers: [AuditTrail, DeadLetters],
})
export class DeadLettersModule {}
