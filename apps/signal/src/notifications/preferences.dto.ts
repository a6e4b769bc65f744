import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayUnique,
  IsArray,
  IsIn,
  IsTimeZone,
  Matches,
  ValidateBy,
  ValidateIf,
  ValidateNested,
  type ValidationArguments,
} from 'class-validator';
import type { Preferences, QuietHours } from './preferences';

const TIME = /^([01]\d|2[0-3]):[0-5]\d$/;
const MOST_TYPES = 50;

/** A window without any or with all minutes would be a mute. */
const DiffersFromBeginning = (): PropertyDecorator =>
  ValidateBy({
    name: 'differsFromBeginning',
    validator: {
      validate: (to: unknown, context?: ValidationArguments) =>
        to !== (context?.object as QuietHours | undefined)?.from,
      defaultMessage: () => 'is another time than from; mute a type to hear nothing of it',
    },
  });

const OrNull = (): PropertyDecorator => ValidateIf((_request, value) => value !== null);

export class QuietHoursBody implements QuietHours {
  @ApiProperty({ example: '22:00', description: 'First quiet minute, wall clock.' })
  @Matches(TIME, { message: 'is a time of day as 22:00' })
  from!: string;

  @ApiProperty({ example: '07:00', description: 'First minute that is not quiet any more; before `from`: next day.' })
  @Matches(TIME, { message: 'is a time of day as 07:00' })
  @DiffersFromBeginning()
  to!: string;

  @ApiProperty({ example: 'Asia/Ho_Chi_Minh', description: 'IANA time zone.' })
  @IsTimeZone({ message: 'is an IANA time zone, for example Asia/Ho_Chi_Minh' })
  timeZone!: string;
}

export class NotificationPreferencesBody implements Preferences {
  @ApiProperty({
    type: [String],
    maxItems: MOST_TYPES,
    example: ['INVOICE_ISSUED'],
    description: 'Types that are stored as read and ring nobody.',
  })
  @IsArray({ message: 'is a list of types' })
  @ArrayMaxSize(MOST_TYPES, { message: `holds at most ${MOST_TYPES} types` })
  @ArrayUnique({ message: 'names each type once' })
  @Matches(/^[A-Za-z0-9_.-]{1,80}$/, {
    each: true,
    message: 'holds types of notifications, for example PAYMENT_SUCCESS',
  })
  mutedTypes!: string[];

  @ApiProperty({
    type: QuietHoursBody,
    nullable: true,
    description: 'Notifications of these hours are stored unread and ring nobody; null: none.',
  })
  @OrNull()
  @ValidateNested({ message: 'is an object with from, to and timeZone, or null' })
  @Type(() => QuietHoursBody)
  quietHours!: QuietHoursBody | null;

  @ApiProperty({ enum: ['vi', 'en'], nullable: true, description: 'null: the language of the message.' })
  @OrNull()
  @IsIn(['vi', 'en'], { message: 'is vi, en or null' })
  locale!: 'vi' | 'en' | null;
}
