import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  PARKED_REASONS,
  PARKED_STATUSES,
  type ParkedReason,
  type ParkedRecordPageShape,
  type ParkedRecordShape,
  type ParkedReplayShape,
  type ParkedStatus,
} from '@nx/contracts';
import { OptionalMember, PageQuery } from '@nx/http';
import { ArrayMaxSize, ArrayMinSize, ArrayUnique, IsArray, IsIn, IsString, Length, Matches } from 'class-validator';

const MOST = 500;

export class ParkedRecordQuery extends PageQuery {
  @ApiPropertyOptional({
    enum: PARKED_STATUSES,
    description: 'Parked (those are tried again by themselves) or given up; without it both.',
  })
  @OptionalMember()
  @IsIn(PARKED_STATUSES, { message: `is one of ${PARKED_STATUSES.join(', ')}` })
  status?: ParkedStatus;

  @ApiPropertyOptional({ maxLength: 255, description: 'Key of the records.' })
  @OptionalMember()
  @Length(1, 255, { message: 'is a key of 1 to 255 characters' })
  key?: string;
}

export class ReplayParkedRequest {
  @ApiProperty({ type: [String], maxItems: MOST, example: ['17'], description: 'Ids from the list.' })
  @IsArray({ message: 'is a list of ids' })
  @ArrayMinSize(1, { message: 'names at least one' })
  @ArrayMaxSize(MOST, { message: `names at most ${MOST}` })
  @ArrayUnique({ message: 'names each one once' })
  @Matches(/^[1-9]\d{0,17}$/, { each: true, message: 'holds ids from the list' })
  ids!: string[];

  @ApiProperty({ minLength: 3, maxLength: 500, example: 'The release that reads them is out.' })
  @IsString()
  @Length(3, 500)
  reason!: string;
}

class ParkedRecordView implements ParkedRecordShape {
  @ApiProperty({ example: '17' })
  id!: string;

  @ApiProperty({ example: 'payment.success' })
  topic!: string;

  @ApiProperty({ example: 2 })
  partition!: number;

  @ApiProperty({ example: '1042' })
  offset!: string;

  @ApiProperty({ type: String, nullable: true })
  key!: string | null;

  @ApiProperty({ description: 'Under this id it has one effect, however often it is replayed.' })
  eventId!: string;

  @ApiProperty({ enum: PARKED_STATUSES })
  status!: ParkedStatus;

  @ApiProperty({ enum: PARKED_REASONS, description: 'blocked: waits for one of its key before it.' })
  reason!: ParkedReason;

  @ApiProperty({ example: 7 })
  tries!: number;

  @ApiProperty({ example: 'RecordError' })
  errorName!: string;

  @ApiProperty({ example: 'eventType is missing' })
  errorMessage!: string;

  @ApiProperty({ format: 'date-time' })
  parkedAt!: string;

  @ApiProperty({ type: String, nullable: true, format: 'date-time' })
  finishedAt!: string | null;
}

export class ParkedRecordPage implements ParkedRecordPageShape {
  @ApiProperty({ type: [ParkedRecordView] })
  data!: ParkedRecordView[];

  @ApiProperty({ type: String, nullable: true })
  nextCursor!: string | null;
}

export class ReplayParkedAnswer implements ParkedReplayShape {
  @ApiProperty({ type: [String], description: 'On their way again, in the order of their keys.' })
  replayed!: string[];

  @ApiProperty({ type: [String], description: 'Unknown, handled, or being tried at this moment.' })
  left!: string[];
}
