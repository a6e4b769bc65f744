import { Body, Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentActor, Policy, type Actor } from '@nx/authz';
import { Permission } from '@nx/contracts';
import { ApiProblems, Idempotent, Internal } from '@nx/http';
import {
  ParkedRecordPage,
  ParkedRecordQuery,
  ParkedRecords,
  ReplayParkedAnswer,
  ReplayParkedRequest,
} from '@nx/reliable';

const OPERATORS = { scope: 'operator' } as const;

/** What invoice tells and payment could not write down. Every replay is audited. */
@ApiTags('operations')
@ApiBearerAuth()
@Controller('operations/parked-records')
export class ParkedRecordsController {
  constructor(private readonly records: ParkedRecords) {}

  @Get()
  @Policy(Permission.DeadLetterRead, OPERATORS)
  @ApiOperation({ summary: 'Kafka records that are parked or were given up, newest first, with the reason' })
  @ApiOkResponse({ type: ParkedRecordPage })
  @ApiProblems('request.invalid', 'request.cursor_invalid')
  list(@Query() query: ParkedRecordQuery): Promise<ParkedRecordPage> {
    return this.records.list(query);
  }

  @Post('replay')
  @HttpCode(200)
  @Policy(Permission.DeadLetterExecute, OPERATORS)
  @Idempotent('payment.parked_record.replay')
  @ApiOperation({ summary: 'Try records once more, under the same event ids' })
  @ApiOkResponse({ type: ReplayParkedAnswer })
  @ApiProblems('request.invalid')
  replay(@Body() request: ReplayParkedRequest, @CurrentActor() actor: Actor): Promise<ReplayParkedAnswer> {
    return this.records.execute(request, actor.userId);
  }
}

/** The same for the machine itself. */
@ApiTags('internal')
@Internal()
@Controller('internal/api/payment/operations/parked-records')
export class InternalParkedRecordsController extends ParkedRecordsController {}
