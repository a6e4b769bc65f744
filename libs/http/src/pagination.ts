import { ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { invalidField } from '@nx/contracts';

/** Where a page ended: lists are ordered by `created_at, id`, never by the text of the id alone. */
export interface Cursor {
  /** Milliseconds since the epoch. */
  readonly createdAtMs: number;
  readonly id: string;
}

export interface Page<T> {
  readonly data: T[];
  readonly nextCursor: string | null;
}

/** Query of every list. Filters of a list are further named members of a subclass. */
export class PageQuery {
  @ApiPropertyOptional({ minimum: 1, maximum: 200, default: 50, description: 'Rows of one page.' })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(200)
  limit: number = 50;

  @ApiPropertyOptional({ description: '`nextCursor` of the page before, unchanged.', maxLength: 200 })
  @IsOptional()
  @IsString()
  @MaxLength(200)
  cursor?: string;
}

const CURSOR_TEXT = /^(\d{1,16})\.([0-9A-Za-z_-]{1,64})$/;

/** The opaque text of a cursor: base64url of `<ms>.<id>`. */
export const encodeCursor = (cursor: Cursor): string =>
  Buffer.from(`${cursor.createdAtMs}.${cursor.id}`, 'utf8').toString('base64url');

/** Reads a cursor. Throws `request.cursor_invalid` (422) pointing at `/cursor` for any text it did not make. */
export function decodeCursor(text: string): Cursor {
  const match = CURSOR_TEXT.exec(Buffer.from(text, 'base64url').toString('utf8'));
  const createdAtMs = Number(match?.[1]);
  const id = match?.[2];
  if (id === undefined || !Number.isSafeInteger(createdAtMs) || encodeCursor({ createdAtMs, id }) !== text) {
    throw invalidField('request.cursor_invalid', '/cursor', 'is not a cursor of this list');
  }
  return { createdAtMs, id };
}

/**
 * Makes a page from `limit + 1` fetched rows: the extra row only tells that there is a further page.
 */
export function page<T>(rows: readonly T[], limit: number, cursorOf: (row: T) => Cursor): Page<T> {
  const data = rows.slice(0, limit);
  const last = data.at(-1);
  return { data, nextCursor: rows.length > limit && last !== undefined ? encodeCursor(cursorOf(last)) : null };
}
