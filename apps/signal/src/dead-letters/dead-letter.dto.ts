import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { OptionalMember, PageQuery } from '@nx/http';
import { ArrayMaxSize, ArrayMinSize, ArrayUnique, IsArray, IsIn, IsString, Length, Matches } from 'class-validator';

const STATUSES = ['100_PARKED', '505_DEAD_LETTERED'] as const;
const MOST = 500;

export class DeadLetterQuery extends PageQuery {
  @ApiPropertyOptional({
    enum: STATUSES,
    default: '505_DEAD_LETTERED',
    description: 'Given up, or parked: those are tried again by themselves.',
  })
  @OptionalMember()
  @IsIn(STATUSES, { message: `is one of ${STATUSES.join(', ')}` })
  status: (typeof STATUSES)[number] = '505_DEAD_LETTERED';

  @ApiPropertyOptional({ maxLength: 255, description: 'Key of the records: a merchant or organizer.' })
  @OptionalMember()
  @Length(1, 255, { message: 'is a key of 1 to 255 characters' })
  key?: string;
}

export class ReplayRequest {
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

export class DeadLetterView {
  @ApiProperty({ example: '17' })
  id!: string;

  @ApiProperty({ example: 'signal.activity-notification' })
  topic!: string;

  @ApiProperty({ example: 2 })
  partition!: number;

  @ApiProperty({ example: '1042' })
  offset!: string;

  @ApiProperty({ type: String, nullable: true })
  key!: string | null;

  @ApiProperty({ description: 'Under this id it is stored once, however often it is replayed.' })
  eventId!: string;

  @ApiProperty({ enum: STATUSES })
  status!: (typeof STATUSES)[number];

  @ApiProperty({ enum: ['record', 'sibling', 'blocked'], description: 'blocked: waits for one of its key before it.' })
  reason!: 'record' | 'sibling' | 'blocked';

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

export class DeadLetterPage {
  @ApiProperty({ type: [DeadLetterView] })
  data!: DeadLetterView[];

  @ApiProperty({ type: String, nullable: true })
  nextCursor!: string | null;
}

export class ReplayAnswer {
  @ApiProperty({ type: [String], description: 'On their way again, in the order of their keys.' })
  replayed!: string[];

  @ApiProperty({ type: [String], description: 'Not given up: unknown, handled, or on their way already.' })
  left!: string[];
}
