import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsString, Length, Matches } from 'class-validator';
import { OptionalMember, PageQuery } from '@nx/http';
import { APPROVAL_STATES, type ApprovalState } from './approval';

/** Why an operator does what he does; it stands in the audit trail. */
export class ReasonRequest {
  @ApiProperty({ example: 'checked with the shop by telephone', minLength: 1, maxLength: 500 })
  @IsString()
  @Length(1, 500)
  @Matches(/\S/, { message: 'says why' })
  reason!: string;
}

/** Member of every request that may need a second person. */
export class WithApproval {
  @ApiPropertyOptional({ description: 'The approval, when the same request was answered 202 before.', maxLength: 64 })
  @OptionalMember()
  @Matches(/^[0-9A-Za-z]{1,64}$/, { message: 'is the approvalId of the first answer' })
  approvalId?: string;
}

/** 202: a second person has to approve; then the same request again, with `approvalId`. */
export class ApprovalRequired {
  @ApiProperty({ example: 'IQBapalCzY' })
  approvalId!: string;
  @ApiProperty({ example: 'refund.open' })
  operation!: string;
  @ApiProperty({ enum: APPROVAL_STATES })
  state!: ApprovalState;
  @ApiProperty({ format: 'date-time' })
  expiresAt!: string;
}

export class ApprovalView {
  @ApiProperty({ example: 'IQBapalCzY' })
  id!: string;
  @ApiProperty({ example: 'freeze.lift' })
  operation!: string;
  @ApiProperty({
    description: 'What will happen; read it before you approve.',
    type: 'object',
    additionalProperties: true,
  })
  payload!: object;
  @ApiProperty({ description: 'SHA-256 over operation and payload; the approval holds for nothing else.' })
  payloadHash!: string;
  @ApiProperty({ type: String, nullable: true })
  merchantId!: string | null;
  @ApiProperty()
  requestedBy!: string;
  @ApiProperty()
  reason!: string;
  @ApiProperty({ enum: APPROVAL_STATES, description: 'USED: it has done its one deed.' })
  state!: ApprovalState;
  @ApiProperty({ type: String, nullable: true })
  approvedBy!: string | null;
  @ApiProperty({ type: String, nullable: true })
  rejectedBy!: string | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  decidedAt!: string | null;
  @ApiProperty({ type: String, nullable: true })
  decisionReason!: string | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  usedAt!: string | null;
  @ApiProperty({ format: 'date-time' })
  expiresAt!: string;
  @ApiProperty({ format: 'date-time' })
  createdAt!: string;
}

export class ApprovalPage {
  @ApiProperty({ type: [ApprovalView] })
  data!: ApprovalView[];
  @ApiProperty({ type: String, nullable: true })
  nextCursor!: string | null;
}

export class ApprovalQuery extends PageQuery {
  @ApiPropertyOptional({ enum: APPROVAL_STATES })
  @OptionalMember()
  @IsIn(APPROVAL_STATES)
  state?: ApprovalState;
}
