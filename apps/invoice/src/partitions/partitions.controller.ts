import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { CurrentActor, Policy, type Actor } from '@nx/authz';
import { Permission } from '@nx/contracts';
import { ApiProblems, Idempotent, Internal } from '@nx/http';
import { IsInt, IsString, Length, Max, Min } from 'class-validator';
import { ChangePartitions } from './change-partitions';
import type { Partitioning } from './partitioning.repository';

const OPERATORS = { scope: 'operator' } as const;
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

const viewOf = ({ partitions, previous, state, moved, changedAt, changedBy }: Partitioning): PartitionsView => ({
  partitions,
  previous,
  state,
  moved,
  changedAt: changedAt.toISOString(),
  changedBy,
});

/** The number of partitions of the issuance and claim queues. */
@ApiTags('operations')
@ApiBearerAuth()
@Controller('operations/partitions')
export class PartitionsController {
  constructor(private readonly changing: ChangePartitions) {}

  @Get()
  @Policy(Permission.QueueRead, OPERATORS)
  @ApiOperation({ summary: 'How many partitions the queues have, and whether jobs are still being moved' })
  @ApiOkResponse({ type: PartitionsView })
  async read(): Promise<PartitionsView> {
    return viewOf(await this.changing.read());
  }

  @Post()
  @HttpCode(200)
  @Policy(Permission.QueueExecute, OPERATORS)
  @Idempotent('invoice.partitions.change')
  @ApiOperation({ summary: 'Change the number of partitions; workers move what waits while jobs run' })
  @ApiOkResponse({ type: PartitionsView })
  @ApiProblems('invoice.partitions.changed', 'request.invalid')
  async change(
    @Body() { from, to, reason }: ChangePartitionsRequest,
    @CurrentActor() actor: Actor,
  ): Promise<PartitionsView> {
    return viewOf(await this.changing.execute(from, to, actor.userId, reason));
  }
}

/** The same for the machine itself. */
@ApiTags('internal')
@Internal()
@Controller('internal/api/invoice/operations/partitions')
export class InternalPartitionsController extends PartitionsController {}
