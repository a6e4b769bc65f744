import { ApiPropertyOptional } from '@nestjs/swagger';
import { PARKED_STATUSES, type ParkedStatus } from '@nx/contracts';
import { OptionalMember } from '@nx/http';
import { ParkedRecordQuery } from '@nx/reliable';
import { IsIn } from 'class-validator';

export class DeadLetterQuery extends ParkedRecordQuery {
  @ApiPropertyOptional({
    enum: PARKED_STATUSES,
    default: '505_DEAD_LETTERED',
    description: 'Given up, or parked: those are tried again by themselves.',
  })
  @OptionalMember()
  @IsIn(PARKED_STATUSES, { message: `is one of ${PARKED_STATUSES.join(', ')}` })
  override status: ParkedStatus = '505_DEAD_LETTERED';
}
