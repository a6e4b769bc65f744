import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { PageQuery } from '@nx/http';
import { Transform } from 'class-transformer';
import { IsBoolean, IsISO8601, IsOptional, Matches, MaxLength } from 'class-validator';
import { NotificationView } from './notification.view';

export class NotificationQuery extends PageQuery {
  @ApiPropertyOptional({ type: Boolean, description: 'Only unread (true) or only read ones (false).' })
  @IsOptional()
  @Transform(({ value }: { value: unknown }) => (value === 'true' ? true : value === 'false' ? false : value))
  @IsBoolean({ message: 'is true or false' })
  unread?: boolean;

  @ApiPropertyOptional({ example: 'PAYMENT_SUCCESS', maxLength: 80 })
  @IsOptional()
  @Matches(/^[A-Za-z0-9_.-]{1,80}$/, { message: 'is a type of notification, for example PAYMENT_SUCCESS' })
  type?: string;
}

export class ReadAllRequest {
  @ApiPropertyOptional({
    format: 'date-time',
    example: '2026-11-20T04:07:52.284Z',
    description: 'Marks what came up to this time; everything when left out.',
  })
  @IsOptional()
  @IsISO8601({ strict: true, strictSeparator: true }, { message: 'is an ISO 8601 time' })
  @MaxLength(40)
  before?: string;
}

export class NotificationPage {
  @ApiProperty({ type: [NotificationView] })
  data!: NotificationView[];

  @ApiProperty({ type: String, nullable: true, description: 'Cursor of the next page; null on the last.' })
  nextCursor!: string | null;
}

export class NotificationCount {
  @ApiProperty({ example: 42 })
  total!: number;

  @ApiProperty({ example: 3, description: 'The badge.' })
  unread!: number;
}

export class ReadAllAnswer {
  @ApiProperty({ example: 3, description: 'Notifications that were unread until now.' })
  updated!: number;

  @ApiProperty({ example: 0, description: 'The badge afterwards.' })
  unread!: number;
}
