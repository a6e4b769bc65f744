import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsString, Length, Matches, MaxLength } from 'class-validator';
import { OptionalMember, PageQuery } from '@nx/http';
import {
  FINDING_OUTCOMES,
  FINDING_STATUSES,
  OUTCOMES_BY_PEOPLE,
  type FindingOutcome,
  type FindingStatus,
} from './finding';

export class FindingQuery extends PageQuery {
  @ApiPropertyOptional({ enum: FINDING_STATUSES })
  @OptionalMember()
  @IsIn(FINDING_STATUSES)
  status?: FindingStatus;

  @ApiPropertyOptional({ example: 'LATE_SUCCESS' })
  @OptionalMember()
  @IsString()
  @MaxLength(64)
  code?: string;

  @ApiPropertyOptional()
  @OptionalMember()
  @IsString()
  @MaxLength(64)
  merchantId?: string;

  @ApiPropertyOptional()
  @OptionalMember()
  @IsString()
  @MaxLength(64)
  transactionId?: string;

  @ApiPropertyOptional({ description: 'User id of who looks after it.' })
  @OptionalMember()
  @IsString()
  @MaxLength(64)
  owner?: string;
}

export class AssignFindingRequest {
  @ApiPropertyOptional({ description: 'User id; without it you take the finding yourself.' })
  @OptionalMember()
  @IsString()
  @Length(1, 64)
  owner?: string;

  @ApiPropertyOptional({ example: 'asked the bank on 21 November', maxLength: 500 })
  @OptionalMember()
  @IsString()
  @Length(1, 500)
  note?: string;
}

export class ResolveFindingRequest {
  @ApiProperty({ enum: OUTCOMES_BY_PEOPLE, example: 'EXPLAINED' })
  @IsIn(OUTCOMES_BY_PEOPLE)
  outcome!: FindingOutcome;

  @ApiProperty({ example: 'The provider confirmed by mail that nothing was taken.', maxLength: 500 })
  @IsString()
  @Length(1, 500)
  @Matches(/\S/, { message: 'says what explains it' })
  note!: string;
}

export class ReopenFindingRequest {
  @ApiProperty({ example: 'The statement of November shows it after all.', maxLength: 500 })
  @IsString()
  @Length(1, 500)
  @Matches(/\S/, { message: 'says why' })
  note!: string;
}

export class FindingSuspenseView {
  @ApiProperty()
  id!: string;
  @ApiProperty()
  providerReference!: string;
  @ApiProperty({ example: 100000, description: 'In the minor unit.' })
  amount!: number;
  @ApiProperty({ example: 100000, description: 'What of it still waits.' })
  left!: number;
  @ApiProperty({ example: 'VND' })
  currency!: string;
}

export class FindingView {
  @ApiProperty({ example: 'IQBapalCzY' })
  id!: string;
  @ApiProperty({ example: 'LATE_SUCCESS' })
  code!: string;
  @ApiProperty({ enum: FINDING_STATUSES })
  status!: FindingStatus;
  @ApiProperty({ type: String, nullable: true })
  merchantId!: string | null;
  @ApiProperty({ type: String, nullable: true })
  transactionId!: string | null;
  @ApiProperty({ type: String, nullable: true })
  attemptId!: string | null;
  @ApiProperty()
  detail!: string;
  @ApiProperty({ type: String, nullable: true, description: 'Who looks after it.' })
  owner!: string | null;
  @ApiProperty({ type: String, nullable: true, enum: FINDING_OUTCOMES })
  outcome!: string | null;
  @ApiProperty({ type: String, nullable: true })
  note!: string | null;
  @ApiProperty({ format: 'date-time' })
  createdAt!: string;
  @ApiProperty({ format: 'date-time' })
  modifiedAt!: string;
  @ApiProperty({ type: String, nullable: true, description: 'Absent = the change that explains it.' })
  resolvedBy!: string | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  resolvedAt!: string | null;
  @ApiProperty({ type: FindingSuspenseView, nullable: true, description: 'The money in suspense that it is about.' })
  suspense!: FindingSuspenseView | null;
}

export class FindingPage {
  @ApiProperty({ type: [FindingView] })
  data!: FindingView[];
  @ApiProperty({ type: String, nullable: true })
  nextCursor!: string | null;
}
