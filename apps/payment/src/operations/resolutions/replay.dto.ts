import { ApiProperty } from '@nestjs/swagger';
import { IsString, Length, Matches } from 'class-validator';
import { TransactionDetailView } from '../../transactions/transaction.view';
import { WithApproval } from '../approvals/approval.dto';

/** An act that needs a reason and, where it says so, a second person. */
export class WithReason extends WithApproval {
  @ApiProperty({ example: 'the ledger was put right by journal 7', minLength: 1, maxLength: 500 })
  @IsString()
  @Length(1, 500)
  @Matches(/\S/, { message: 'says why' })
  reason!: string;
}

export class ReplayedEvidence {
  @ApiProperty({ enum: ['CALLBACK', 'OPERATOR', 'QUERY'] })
  source!: string;
  @ApiProperty({ description: 'The callback, or the uid of the attempt.' })
  about!: string;
  @ApiProperty({ example: 'DUPLICATE', description: 'What came of it now.' })
  outcome!: string;
}

export class TransactionReplayAnswer {
  @ApiProperty({ type: TransactionDetailView })
  transaction!: TransactionDetailView;
  @ApiProperty({ type: [ReplayedEvidence] })
  replayed!: ReplayedEvidence[];
}
