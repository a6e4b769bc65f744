import { ApiProperty } from '@nestjs/swagger';
import { IsInt, IsString, Length, Max, Min } from 'class-validator';
import type { Partitioning } from './partitioning.repository';

/** As in the table and in the setting. */
const MOST = 64;

export class ChangePartitionsRequest {
  @ApiProperty({ minimum: 1, maximum: MOST, description: 'The number that the operator has seen.', example: 3 })
  @IsInt()
  @Min(1)
  @Max(MOST)
  from!: number;

  @ApiProperty({ minimum: 1, maximum: MOST, example: 5 })
  @IsInt()
  @Min(1)
  @Max(MOST)
  to!: number;

  @ApiProperty({ minLength: 3, maxLength: 500, example: 'More issuance than three partitions carry' })
  @IsString()
  @Length(3, 500)
  reason!: string;
}

export class PartitionsView {
  @ApiProperty({ example: 5 })
  partitions!: number;
  @ApiProperty({ description: 'Served as well while jobs are being moved.', example: 5 })
  previous!: number;
  @ApiProperty({ enum: ['SETTLED', 'MOVING'] })
  state!: string;
  @ApiProperty({ description: 'Jobs moved since the last change.', example: 120 })
  moved!: number;
  @ApiProperty({ format: 'date-time' })
  changedAt!: string;
  @ApiProperty()
  changedBy!: string;
}

export const partitionsView = ({
  partitions,
  previous,
  state,
  moved,
  changedAt,
  changedBy,
}: Partitioning): PartitionsView => ({
  partitions,
  previous,
  state,
  moved,
  changedAt: changedAt.toISOString(),
  changedBy,
});
