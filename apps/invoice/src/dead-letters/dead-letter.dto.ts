import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { OptionalMember, PageQuery } from '@nx/http';
import { ArrayMaxSize, ArrayMinSize, IsArray, IsInt, IsString, Length, Matches, Max, Min } from 'class-validator';
import type { Invoice } from '../invoices/invoice';

const ID = /^[A-Za-z0-9_-]{1,64}$/;
const CODE = /^[A-Za-z0-9_.:-]{1,64}$/;
const MOST = 500;

/** Which dead letters are meant. */
export interface DeadLetterFilter {
  readonly merchantId?: string;
  readonly provider?: string;
  readonly code?: string;
}

export class DeadLetterQuery extends PageQuery implements DeadLetterFilter {
  @ApiPropertyOptional({ maxLength: 64 })
  @OptionalMember()
  @Matches(ID, { message: 'is no id' })
  merchantId?: string;

  @ApiPropertyOptional({ maxLength: 64, example: 'VNPAY' })
  @OptionalMember()
  @Matches(CODE, { message: 'is no provider code' })
  provider?: string;

  @ApiPropertyOptional({ maxLength: 64, description: 'Reason, as in the list.', example: 'RETRIES_USED_UP' })
  @OptionalMember()
  @Matches(CODE, { message: 'is no reason' })
  code?: string;
}

export class ReplayRequest implements DeadLetterFilter {
  @ApiPropertyOptional({ type: [String], maxItems: MOST, description: 'These; else all that match the rest.' })
  @OptionalMember()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(MOST)
  @Matches(ID, { each: true, message: 'is no id' })
  invoiceIds?: string[];

  @ApiPropertyOptional({ maxLength: 64 })
  @OptionalMember()
  @Matches(ID, { message: 'is no id' })
  merchantId?: string;

  @ApiPropertyOptional({ maxLength: 64, example: 'VNPAY' })
  @OptionalMember()
  @Matches(CODE, { message: 'is no provider code' })
  provider?: string;

  @ApiPropertyOptional({ maxLength: 64, example: 'SYMBOL_NOT_REGISTERED' })
  @OptionalMember()
  @Matches(CODE, { message: 'is no reason' })
  code?: string;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    maximum: MOST,
    default: 100,
    description: 'At most so many at once.',
  })
  @OptionalMember()
  @IsInt()
  @Min(1)
  @Max(MOST)
  limit?: number;

  @ApiProperty({ minLength: 3, maxLength: 500, example: 'The series is registered now.' })
  @IsString()
  @Length(3, 500)
  reason!: string;
}

export class RefusedReplay {
  @ApiProperty()
  invoiceId!: string;
  @ApiProperty({ example: 'It is SUCCESS, or a call of it is not proven to have issued nothing.' })
  detail!: string;
}

export class ReplayAnswer {
  @ApiProperty({ type: [String], description: 'On their way again; unknown ones are looked up first.' })
  replayed!: string[];
  @ApiProperty({ type: [RefusedReplay] })
  refused!: RefusedReplay[];
}

export class DeadLetterView {
  @ApiProperty({ example: 'IQBapalCzY' })
  invoiceId!: string;
  @ApiProperty()
  orderId!: string;
  @ApiProperty()
  merchantId!: string;
  @ApiProperty({ example: 'VNPAY' })
  provider!: string;
  @ApiProperty({ description: 'Number of the queue in which its jobs meet.', example: 2 })
  partition!: number;
  @ApiProperty({ type: String, nullable: true, example: 'SYMBOL_NOT_REGISTERED' })
  code!: string | null;
  @ApiProperty({ type: String, nullable: true })
  message!: string | null;
  @ApiProperty({ description: 'The provider refused the invoice itself: correct it before it is replayed.' })
  permanent!: boolean;
  @ApiProperty({ example: 3 })
  retryCount!: number;
  @ApiProperty({ format: 'date-time' })
  failedAt!: string;
  @ApiProperty({ format: 'date-time' })
  legalDeadlineAt!: string;
}

export class DeadLetterPage {
  @ApiProperty({ type: [DeadLetterView] })
  data!: DeadLetterView[];
  @ApiProperty({ type: String, nullable: true })
  nextCursor!: string | null;
}

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** Why an invoice was given up, as its metadata says it. */
export const reasonOf = ({ metadata }: Pick<Invoice, 'metadata'>): { code: string | null; message: string | null } => ({
  code: textOf(metadata['errorCode']),
  message: textOf(metadata['errorMessage']),
});

export const deadLetterView = (invoice: Invoice, partition: number): DeadLetterView => ({
  invoiceId: invoice.id,
  orderId: invoice.sourceId,
  merchantId: invoice.merchantId,
  provider: invoice.provider,
  partition,
  ...reasonOf(invoice),
  permanent: invoice.metadata['permanent'] === true,
  retryCount: invoice.retryCount,
  failedAt: invoice.modifiedAt.toISOString(),
  legalDeadlineAt: invoice.legalDeadlineAt.toISOString(),
});
