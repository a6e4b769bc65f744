import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentActor, Policy, type Actor } from '@nx/authz';
import { Permission } from '@nx/contracts';
import { ApiProblems, Internal, Once, OnceKey, type OnceRequest } from '@nx/http';
import { ChangePartitions } from './change-partitions';
import { ChangePartitionsRequest, partitionsView, PartitionsView } from './partitions.dto';

const OPERATORS = { scope: 'operator' } as const;

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
    return partitionsView(await this.changing.read());
  }

  @Post()
  @HttpCode(200)
  @Policy(Permission.QueueExecute, OPERATORS)
  @Once('invoice.partitions.change')
  @ApiOperation({ summary: 'Change the number of partitions; workers move what waits while jobs run' })
  @ApiOkResponse({ type: PartitionsView })
  @ApiProblems('invoice.partitions.changed', 'request.invalid')
  change(
    @Body() request: ChangePartitionsRequest,
    @CurrentActor() actor: Actor,
    @OnceKey() key: OnceRequest | undefined,
  ): Promise<PartitionsView> {
    return this.changing.execute(request, actor.userId, key);
  }
}

/** The same for the machine itself. */
@ApiTags('internal')
@Internal()
@Controller('internal/api/invoice/operations/partitions')
export class InternalPartitionsController extends PartitionsController {}
