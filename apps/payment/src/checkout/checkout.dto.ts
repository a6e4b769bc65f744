import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  IsIn,
  IsInt,
  IsNotEmpty,
  IsObject,
  IsString,
  Length,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import { OptionalMember } from '@nx/http';
import { AttemptView, TransactionView } from '../transactions/transaction.view';

/** Ids of siblings: snowflakes, but an older site may have others. */
const ID = /^[A-Za-z0-9_.:-]{1,64}$/;
const WORD = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;

export class CheckoutSource {
  @ApiProperty({ example: 'SaleOrder', maxLength: 64 })
  @Matches(WORD, { message: 'is a word of letters, digits and _, for example SaleOrder' })
  type!: string;

  @ApiProperty({ example: 'IQBapalCzY', maxLength: 64 })
  @Matches(ID, { message: 'is an id of 1 to 64 letters, digits or _.:-' })
  id!: string;

  @ApiProperty({ example: 'SO-000123', maxLength: 64, description: 'The number that people know.' })
  @IsString()
  @Length(1, 64)
  uid!: string;
}

export class CheckoutPayment {
  @ApiProperty({ example: 'VNPAY_QR_MMS', enum: ['VNPAY_QR_MMS', 'VNPAY_GATEWAY', 'VNPAY_PHONE_POS', 'SYSTEM'] })
  @IsString()
  @IsNotEmpty()
  @MaxLength(32)
  provider!: string;

  @ApiProperty({
    example: '100_QR_CODE',
    enum: ['000_CASH', '100_QR_CODE', '200_BANK_TRANSFER', '300_GATEWAY', '400_PHONE_POS'],
  })
  @IsString()
  @IsNotEmpty()
  @MaxLength(32)
  method!: string;

  @ApiProperty({ example: 100000, description: 'What the source has to be paid altogether, in the minor unit.' })
  @IsInt({ message: 'is a whole number of the minor unit (VND has no decimals)' })
  @Min(1)
  @Max(Number.MAX_SAFE_INTEGER)
  total!: number;

  @ApiPropertyOptional({ example: 60000, description: 'What this attempt asks for; what is due when left out.' })
  @OptionalMember()
  @IsInt({ message: 'is a whole number of the minor unit (VND has no decimals)' })
  @Min(1)
  @Max(Number.MAX_SAFE_INTEGER)
  amount?: number;

  @ApiProperty({ example: 'VND' })
  @Matches(/^[A-Z]{3}$/, { message: 'is an ISO 4217 code, for example VND' })
  currency!: string;
}

export class CheckoutExpiration {
  @ApiProperty({ enum: ['duration'] })
  @IsIn(['duration'])
  mode!: 'duration';

  @ApiProperty({ example: 900000, minimum: 60000, maximum: 86400000 })
  @IsInt()
  @Min(60_000)
  @Max(86_400_000)
  milliseconds!: number;
}

export class CheckoutRequest {
  @ApiProperty({ type: CheckoutSource })
  @IsObject()
  @ValidateNested()
  @Type(() => CheckoutSource)
  source!: CheckoutSource;

  @ApiProperty({ type: CheckoutPayment })
  @IsObject()
  @ValidateNested()
  @Type(() => CheckoutPayment)
  payment!: CheckoutPayment;

  @ApiPropertyOptional({ type: CheckoutExpiration, description: '15 minutes when left out.' })
  @OptionalMember()
  @IsObject()
  @ValidateNested()
  @Type(() => CheckoutExpiration)
  expiration?: CheckoutExpiration;

  @ApiPropertyOptional({ description: 'A further attempt on this transaction: split payment.' })
  @OptionalMember()
  @Matches(ID)
  transactionId?: string;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    description: 'Kept and given back in events; at most 4 KiB.',
  })
  @OptionalMember()
  @IsObject()
  metadata?: Record<string, unknown>;
}

export class PaymentInstructions {
  @ApiProperty({ type: String, nullable: true, description: 'Text of the QR.' })
  qrCode!: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'The QR as a PNG data URL.' })
  qrImage!: string | null;
  @ApiProperty({ type: String, nullable: true })
  payUrl!: string | null;
  @ApiProperty({ format: 'date-time' })
  expiresAt!: string;
}

export class CheckoutAnswer {
  @ApiProperty({ type: TransactionView })
  transaction!: TransactionView;
  @ApiProperty({ type: AttemptView })
  attempt!: AttemptView;
  @ApiProperty({ type: PaymentInstructions })
  payment!: PaymentInstructions;
}

export class CancelRequest {
  @ApiPropertyOptional({ description: 'Cancels one attempt; the transaction stays open.' })
  @OptionalMember()
  @Matches(ID)
  attemptId?: string;

  @ApiPropertyOptional({ description: 'Cancels all open attempts, and the transaction itself if nothing was paid.' })
  @OptionalMember()
  @Matches(ID)
  transactionId?: string;

  @ApiProperty({ example: 'Buyer changed his mind', maxLength: 200 })
  @IsString()
  @Length(1, 200)
  reason!: string;
}

export class CancelAnswer {
  @ApiProperty({ type: TransactionView })
  transaction!: TransactionView;
  @ApiProperty({ type: [AttemptView] })
  cancelledAttempts!: AttemptView[];
}

export class VerifyRequest {
  @ApiProperty()
  @Matches(ID)
  attemptId!: string;
}

export class VerifyAnswer {
  @ApiProperty({ type: TransactionView })
  transaction!: TransactionView;
  @ApiProperty({ type: AttemptView })
  attempt!: AttemptView;
  @ApiProperty({
    enum: ['ANSWERED', 'NO_ANSWER', 'TOO_SOON', 'NOT_ASKED'],
    description: 'Whether the provider answered. Read the attempt for what is proven.',
  })
  provider!: 'ANSWERED' | 'NO_ANSWER' | 'TOO_SOON' | 'NOT_ASKED';
}

export class CounterAttempt {
  @ApiProperty()
  @Matches(ID)
  id!: string;
}

export class CounterPaymentRequest {
  @ApiProperty({ type: CounterAttempt })
  @IsObject()
  @ValidateNested()
  @Type(() => CounterAttempt)
  attempt!: CounterAttempt;

  @ApiProperty({ example: 100000, description: 'What the buyer handed over, in the minor unit.' })
  @IsInt({ message: 'is a whole number of the minor unit (VND has no decimals)' })
  @Min(1)
  @Max(Number.MAX_SAFE_INTEGER)
  tendered!: number;

  @ApiPropertyOptional({ maxLength: 500 })
  @OptionalMember()
  @IsString()
  @MaxLength(500)
  note?: string;

  @ApiPropertyOptional({ maxLength: 64, description: 'Bank transfers only: the reference on the statement.' })
  @OptionalMember()
  @Matches(/^[\x21-\x7e]{1,64}$/, { message: 'is 1 to 64 printable characters without spaces' })
  bankReference?: string;
}

export class CounterPaymentAnswer {
  @ApiProperty({ type: TransactionView })
  transaction!: TransactionView;
  @ApiProperty({ type: AttemptView })
  attempt!: AttemptView;
  @ApiProperty({ example: 0, description: 'What the cashier gives back.' })
  change!: number;
}
