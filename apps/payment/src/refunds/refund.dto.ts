import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsInt, IsString, Length, Matches, Max, MaxLength, Min } from 'class-validator';
import { REFUND_KINDS, REFUND_STATUSES, type RefundKind, type RefundStatusCode } from '@nx/contracts';
import { OptionalMember, PageQuery } from '@nx/http';
import { AttemptView } from '../transactions/transaction.view';

const BY_HAND_METHODS = ['000_CASH', '200_BANK_TRANSFER'] as const;

/** How the money goes back: as it came, or by hand where the provider gives nothing back. */
export class RetryRefundRequest {
  @ApiPropertyOptional({ default: true, description: 'False = it was given back by hand, with evidence.' })
  @OptionalMember()
  @IsBoolean()
  refundToOriginalMethod?: boolean;

  @ApiPropertyOptional({ enum: BY_HAND_METHODS, default: '000_CASH', description: 'How it was given back by hand.' })
  @OptionalMember()
  @IsIn(BY_HAND_METHODS)
  method?: (typeof BY_HAND_METHODS)[number];

  @ApiPropertyOptional({ example: 'FT26325000001', description: 'What proves a refund by hand.', maxLength: 200 })
  @OptionalMember()
  @IsString()
  @Length(1, 200)
  evidence?: string;

  @ApiPropertyOptional({ description: 'The approval, when the same request was answered 202 before.', maxLength: 64 })
  @OptionalMember()
  @Matches(/^[0-9A-Za-z]{1,64}$/, { message: 'is the approvalId of the first answer' })
  approvalId?: string;
}

export class OpenRefundRequest extends RetryRefundRequest {
  @ApiProperty({ example: 40000, description: 'In the minor unit (VND has none).' })
  @IsInt({ message: 'is a whole number of the minor unit (VND has no decimals)' })
  @Min(1)
  @Max(Number.MAX_SAFE_INTEGER)
  amount!: number;

  @ApiProperty({ example: 'wrong size', maxLength: 200 })
  @IsString()
  @Length(1, 200)
  @Matches(/\S/, { message: 'says why' })
  reason!: string;

  @ApiProperty({
    example: 'RF-000123',
    description: 'Yours; the same one in a transaction is the same refund, for good.',
  })
  @Matches(/^[A-Za-z0-9_.:-]{1,64}$/, { message: 'is 1 to 64 letters, digits or _.:-' })
  clientReference!: string;

  @ApiPropertyOptional({ description: 'The paid attempt; without it the last one that bears the whole amount.' })
  @OptionalMember()
  @IsString()
  @MaxLength(64)
  attemptId?: string;
}

export class RefundQuery extends PageQuery {
  @ApiPropertyOptional({ enum: REFUND_STATUSES })
  @OptionalMember()
  @IsIn(REFUND_STATUSES)
  status?: RefundStatusCode;
}

export class RefundTryView extends AttemptView {
  @ApiProperty({ type: String, nullable: true, description: 'The number under which the provider knows this try.' })
  refundReference!: string | null;
}

export class RefundView {
  @ApiProperty({ example: 'IQBapalCzY' })
  id!: string;
  @ApiProperty()
  transactionId!: string;
  @ApiProperty({ description: 'The paid attempt whose money goes back.' })
  attemptId!: string;
  @ApiProperty({ enum: REFUND_KINDS, description: 'SUSPENSE never counted for the sale.' })
  kind!: RefundKind;
  @ApiProperty({ example: 'RF-000123' })
  clientReference!: string;
  @ApiProperty({ example: 40000 })
  amount!: number;
  @ApiProperty({ example: 'VND' })
  currency!: string;
  @ApiProperty()
  reason!: string;
  @ApiProperty({ enum: REFUND_STATUSES, description: 'FAILED may be tried again; UNKNOWN never is.' })
  status!: RefundStatusCode;
  @ApiProperty()
  refundToOriginalMethod!: boolean;
  @ApiProperty({ type: String, nullable: true })
  evidence!: string | null;
  @ApiProperty({ description: "The success rests on an unsigned answer; the provider's report confirms it." })
  toBeConfirmed!: boolean;
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  finishedAt!: string | null;
  @ApiProperty({ format: 'date-time' })
  createdAt!: string;
  @ApiProperty({ type: [RefundTryView], description: 'Each try is an attempt 300_REFUND.' })
  tries!: RefundTryView[];
}

export class RefundPage {
  @ApiProperty({ type: [RefundView] })
  data!: RefundView[];
  @ApiProperty({ type: String, nullable: true })
  nextCursor!: string | null;
}
