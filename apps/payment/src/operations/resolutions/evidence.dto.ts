import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsIn, IsInt, IsISO8601, IsObject, IsString, Length, Matches, Max, Min, ValidateNested } from 'class-validator';
import { OptionalMember } from '@nx/http';
import { TransactionDetailView } from '../../transactions/transaction.view';
import { WithApproval } from '../approvals/approval.dto';

/** What a person has seen. Which members are needed depends on what it shall prove. */
export class EvidenceRequest {
  @ApiProperty({ example: 'provider support, ticket 8812', description: 'Where it comes from.', maxLength: 200 })
  @IsString()
  @Length(1, 200)
  @Matches(/\S/, { message: 'says where it comes from' })
  source!: string;

  @ApiPropertyOptional({ example: '14999001', description: "The provider's own reference of the payment or refund." })
  @OptionalMember()
  @Matches(/^[A-Za-z0-9_.:-]{1,64}$/, { message: 'is 1 to 64 letters, digits or _.:-' })
  reference?: string;

  @ApiPropertyOptional({ example: 100000, description: 'In the minor unit (VND has none).' })
  @OptionalMember()
  @IsInt({ message: 'is a whole number of the minor unit (VND has no decimals)' })
  @Min(1)
  @Max(Number.MAX_SAFE_INTEGER)
  amount?: number;

  @ApiPropertyOptional({ format: 'date-time', description: "The provider's own time of payment." })
  @OptionalMember()
  @IsISO8601({ strict: true }, { message: 'is an instant as ISO 8601 with its zone' })
  @Matches(/T.*(Z|[+-]\d{2}:\d{2})$/, { message: 'is an instant as ISO 8601 with its zone' })
  paidAt?: string;

  @ApiPropertyOptional({ description: 'SHA-256 in hex of the document that shows it.' })
  @OptionalMember()
  @Matches(/^[0-9a-f]{64}$/, { message: 'is a SHA-256 in hex' })
  documentHash?: string;

  @ApiPropertyOptional({ maxLength: 1000 })
  @OptionalMember()
  @IsString()
  @Length(1, 1000)
  description?: string;
}

/** Every request that rests on evidence. */
export class WithEvidence extends WithApproval {
  @ApiProperty({ type: EvidenceRequest })
  @IsObject()
  @ValidateNested()
  @Type(() => EvidenceRequest)
  evidence!: EvidenceRequest;

  @ApiPropertyOptional({ description: 'Id or uid of the attempt; needed where more than one could be meant.' })
  @OptionalMember()
  @IsString()
  @Length(1, 64)
  attemptId?: string;
}

export const RESOLUTIONS = ['completed', 'failed', 'cancelled', 'expired'] as const;
export type Resolution = (typeof RESOLUTIONS)[number];

export class ResolveTransactionRequest extends WithEvidence {
  @ApiProperty({ enum: RESOLUTIONS, description: 'What the evidence proves; a refund is completed or failed.' })
  @IsIn(RESOLUTIONS)
  status!: Resolution;
}

export class ResolutionAnswer {
  @ApiProperty({ type: TransactionDetailView })
  transaction!: TransactionDetailView;
  @ApiProperty()
  attemptId!: string;
  @ApiProperty({
    example: 'APPLIED',
    description: 'What came of the evidence: APPLIED, SUSPENSE, a new state of the attempt, or why it changed nothing.',
  })
  outcome!: string;
  @ApiProperty({ type: [String], description: 'Codes of the findings that it made.' })
  findings!: string[];
}
