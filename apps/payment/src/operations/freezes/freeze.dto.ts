import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsBoolean, IsIn, IsISO8601, IsString, Length, Matches } from 'class-validator';
import { OptionalMember, PageQuery } from '@nx/http';
import { WithApproval } from '../approvals/approval.dto';
import { FREEZE_OPERATIONS, FREEZE_SCOPES, type FreezeOperation, type FreezeScope } from './freeze';

/** `refund_freeze`, `REFUND_FREEZE` and `REFUND` are one. */
const withoutSuffix = ({ value }: { value: unknown }): unknown =>
  typeof value === 'string' ? value.toUpperCase().replace(/_FREEZE$/, '') : value;

export class SetFreezeRequest {
  @ApiProperty({ enum: FREEZE_OPERATIONS, description: 'With or without `_FREEZE`. ALL goes with scope provider.' })
  @Transform(withoutSuffix)
  @IsIn(FREEZE_OPERATIONS)
  operation!: FreezeOperation;

  @ApiProperty({ enum: FREEZE_SCOPES })
  @IsIn(FREEZE_SCOPES)
  scopeType!: FreezeScope;

  @ApiPropertyOptional({ example: 'VNPAY_QR_MMS', description: 'Id of merchant or organizer, or code of a provider.' })
  @OptionalMember()
  @Matches(/^[A-Za-z0-9_.-]{1,64}$/, { message: 'is an id or the code of a provider' })
  scopeValue?: string;

  @ApiProperty({ example: 'the provider charges twice', maxLength: 500 })
  @IsString()
  @Length(1, 500)
  @Matches(/\S/, { message: 'says why' })
  reason!: string;

  @ApiProperty({ example: 'INC-2031', description: 'Where the trouble is worked on.' })
  @Matches(/^\S{1,64}$/, { message: 'is the number of a ticket, up to 64 characters' })
  ticket!: string;

  @ApiPropertyOptional({ format: 'date-time', description: 'Ends by itself then; without it somebody lifts it.' })
  @OptionalMember()
  @IsISO8601({ strict: true, strictSeparator: true })
  expiresAt?: string;
}

export class LiftFreezeRequest extends WithApproval {
  @ApiProperty({ example: 'the provider has mended it', maxLength: 500 })
  @IsString()
  @Length(1, 500)
  @Matches(/\S/, { message: 'says why' })
  reason!: string;
}

export class FreezeQuery extends PageQuery {
  @ApiPropertyOptional({ description: 'True: only those that hold. False: only those that are over.' })
  @OptionalMember()
  @Transform(({ value }: { value: unknown }) => (value === 'true' ? true : value === 'false' ? false : value))
  @IsBoolean()
  active?: boolean;
}

export class FreezeView {
  @ApiProperty({ example: 'IQBapalCzY' })
  id!: string;
  @ApiProperty({ enum: FREEZE_OPERATIONS })
  operation!: FreezeOperation;
  @ApiProperty({ enum: FREEZE_SCOPES })
  scopeType!: FreezeScope;
  @ApiProperty({ type: String, nullable: true })
  scopeValue!: string | null;
  @ApiProperty()
  active!: boolean;
  @ApiProperty({
    type: [String],
    description: 'What it stops in this release; empty = there is no such operation yet.',
  })
  stops!: readonly string[];
  @ApiProperty()
  reason!: string;
  @ApiProperty()
  ticket!: string;
  @ApiProperty()
  createdBy!: string;
  @ApiProperty({ format: 'date-time' })
  createdAt!: string;
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  expiresAt!: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'Who approved the lifting.' })
  approvedBy!: string | null;
  @ApiProperty({ type: String, nullable: true })
  liftedBy!: string | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  liftedAt!: string | null;
  @ApiProperty({ type: String, nullable: true })
  liftReason!: string | null;
}

export class FreezePage {
  @ApiProperty({ type: [FreezeView] })
  data!: FreezeView[];
  @ApiProperty({ type: String, nullable: true })
  nextCursor!: string | null;
}
