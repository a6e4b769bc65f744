import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { OptionalMember, PageQuery } from '@nx/http';
import { IsIn, IsString, Length, Matches } from 'class-validator';
import {
  FINDING_CODES,
  FINDING_OUTCOMES,
  FINDING_STATUSES,
  type Finding,
  type FindingOutcome,
  type FindingStatus,
} from './finding';

const ID = /^[A-Za-z0-9_-]{1,64}$/;
const PERSON = /^[A-Za-z0-9_:.@-]{1,128}$/;
const CODES = Object.keys(FINDING_CODES);

export class FindingQuery extends PageQuery {
  @ApiPropertyOptional({ enum: FINDING_STATUSES })
  @OptionalMember()
  @IsIn(FINDING_STATUSES)
  status?: FindingStatus;

  @ApiPropertyOptional({ enum: CODES })
  @OptionalMember()
  @IsIn(CODES)
  code?: string;

  @ApiPropertyOptional({ maxLength: 64, description: 'Findings about one invoice.' })
  @OptionalMember()
  @Matches(ID, { message: 'is no id' })
  invoiceId?: string;

  @ApiPropertyOptional({ maxLength: 128, description: 'User id of the person who has it.' })
  @OptionalMember()
  @Matches(PERSON, { message: 'is no user id' })
  owner?: string;
}

export class OperatorFindingQuery extends FindingQuery {
  @ApiPropertyOptional({ maxLength: 64 })
  @OptionalMember()
  @Matches(ID, { message: 'is no id' })
  merchantId?: string;
}

export class AssignFindingRequest {
  @ApiProperty({ maxLength: 128, description: 'User id of the person who takes it.', example: 'IQBapalCzY' })
  @Matches(PERSON, { message: 'is no user id' })
  owner!: string;
}

export class ResolveFindingRequest {
  @ApiProperty({ enum: FINDING_OUTCOMES, description: 'Corrected, accepted as it is, or not a fault at all.' })
  @IsIn(FINDING_OUTCOMES)
  outcome!: FindingOutcome;

  @ApiProperty({ minLength: 3, maxLength: 1000, example: 'Issued by hand at the provider under number 61.' })
  @IsString()
  @Length(3, 1000)
  note!: string;
}

export class FindingView {
  @ApiProperty({ example: 'IQBapalCzY' })
  id!: string;
  @ApiProperty({ enum: CODES })
  code!: string;
  @ApiProperty({ description: 'The part of the service that found it.', example: 'LEGAL_CLOCK' })
  origin!: string;
  @ApiProperty()
  merchantId!: string;
  @ApiProperty({ type: String, nullable: true })
  invoiceId!: string | null;
  @ApiProperty({ type: String, nullable: true, example: '001_SALE_ORDER' })
  sourceType!: string | null;
  @ApiProperty({ type: String, nullable: true })
  sourceId!: string | null;
  @ApiProperty({ example: 'The invoice is not issued and its legal deadline is 2026-11-20T16:59:59.999Z.' })
  detail!: string;
  @ApiProperty({ enum: FINDING_STATUSES })
  status!: FindingStatus;
  @ApiProperty({ type: String, nullable: true })
  owner!: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'CAUSE_GONE where the service closed it itself.' })
  outcome!: string | null;
  @ApiProperty({ type: String, nullable: true })
  note!: string | null;
  @ApiProperty({ format: 'date-time' })
  createdAt!: string;
  @ApiProperty({ type: String, nullable: true, format: 'date-time' })
  resolvedAt!: string | null;
  @ApiProperty({ type: String, nullable: true })
  resolvedBy!: string | null;
  @ApiProperty({ type: 'object', additionalProperties: true })
  metadata!: Record<string, unknown>;
}

export class FindingPage {
  @ApiProperty({ type: [FindingView] })
  data!: FindingView[];
  @ApiProperty({ type: String, nullable: true })
  nextCursor!: string | null;
}

export const findingView = (finding: Finding): FindingView => ({
  id: finding.id,
  code: finding.code,
  origin: finding.origin,
  merchantId: finding.merchantId,
  invoiceId: finding.invoiceId,
  sourceType: finding.sourceType,
  sourceId: finding.sourceId,
  detail: finding.detail,
  status: finding.status,
  owner: finding.owner,
  outcome: finding.outcome,
  note: finding.note,
  createdAt: finding.createdAt.toISOString(),
  resolvedAt: finding.resolvedAt?.toISOString() ?? null,
  resolvedBy: finding.resolvedBy,
  metadata: { ...finding.metadata },
});
