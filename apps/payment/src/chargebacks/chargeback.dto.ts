import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsInt, IsISO8601, IsString, Length, Matches, Max, MaxLength, Min } from 'class-validator';
import { CHARGEBACK_STATUSES, type ChargebackStatusCode } from '@nx/contracts';
import { OptionalMember, PageQuery } from '@nx/http';

export class OpenChargebackRequest {
  @ApiProperty({ example: 'CB-2026-000123', description: "The provider's number of the case." })
  @Matches(/^[A-Za-z0-9_.:/-]{1,64}$/, { message: 'is 1 to 64 letters, digits or _.:/-' })
  chargebackReference!: string;

  @ApiProperty({ example: 40000, description: 'In the minor unit (VND has none).' })
  @IsInt({ message: 'is a whole number of the minor unit (VND has no decimals)' })
  @Min(1)
  @Max(Number.MAX_SAFE_INTEGER)
  amount!: number;

  @ApiProperty({ example: 'goods not received', maxLength: 500 })
  @IsString()
  @Length(1, 500)
  @Matches(/\S/, { message: 'says why' })
  reason!: string;

  @ApiPropertyOptional({ description: 'The contested attempt; without it the last one that bears the amount.' })
  @OptionalMember()
  @IsString()
  @MaxLength(64)
  attemptId?: string;

  @ApiPropertyOptional({ format: 'date-time', description: 'Until when our evidence has to be with the provider.' })
  @OptionalMember()
  @IsISO8601({ strict: true, strictSeparator: true })
  dueAt?: string;
}

export class ChargebackEvidenceRequest {
  @ApiProperty({ example: 'delivery note 4711, signed by the buyer', maxLength: 2000 })
  @IsString()
  @Length(1, 2000)
  @Matches(/\S/, { message: 'says what proves it' })
  evidence!: string;
}

export class ChargebackView {
  @ApiProperty({ example: 'IQBapalCzY' })
  id!: string;
  @ApiProperty()
  transactionId!: string;
  @ApiProperty()
  merchantId!: string;
  @ApiProperty({ description: 'The contested attempt.' })
  attemptId!: string;
  @ApiProperty({ example: 'VNPAY_GATEWAY' })
  provider!: string;
  @ApiProperty()
  chargebackReference!: string;
  @ApiProperty({ example: 40000 })
  amount!: number;
  @ApiProperty({ example: 'VND' })
  currency!: string;
  @ApiProperty()
  reason!: string;
  @ApiProperty({ enum: CHARGEBACK_STATUSES })
  status!: ChargebackStatusCode;
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  dueAt!: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'What was submitted to the provider.' })
  evidence!: string | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  submittedAt!: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'What proves the end.' })
  outcomeEvidence!: string | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  finishedAt!: string | null;
  @ApiProperty({ format: 'date-time' })
  createdAt!: string;
}

export class TransactionChargebacks {
  @ApiProperty({ type: [ChargebackView] })
  data!: ChargebackView[];
}

export class ChargebackPage extends TransactionChargebacks {
  @ApiProperty({ type: String, nullable: true })
  nextCursor!: string | null;
}

export class ChargebackQuery extends PageQuery {
  @ApiPropertyOptional({ enum: CHARGEBACK_STATUSES })
  @OptionalMember()
  @IsIn(CHARGEBACK_STATUSES)
  status?: ChargebackStatusCode;
}
