import { Body, Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentActor, Policy, type Actor } from '@nx/authz';
import { Permission } from '@nx/contracts';
import { ApiProblems, Idempotent, Internal } from '@nx/http';
import { ParkedRecordPage, ParkedRecords, ReplayParkedAnswer, ReplayParkedRequest } from '@nx/reliable';
import { DeadLetterQuery } from './dead-letter.dto';

const OPERATORS = { scope: 'operator' } as const;

/** Activities that could not be put into inboxes. Every replay is audited. */
@ApiTags('operations')
@ApiBearerAuth()
@Controller('operations/dead-letters')
export class DeadLettersController {
  constructor(private readonly records: ParkedRecords) {}

  @Get()
  @Policy(Permission.DeadLetterRead, OPERATORS)
  @ApiOperation({ summary: 'Records that were given up (or are parked), newest first, with the reason' })
  @ApiOkResponse({ type: ParkedRecordPage })
  @ApiProblems('request.invalid', 'request.cursor_invalid')
  list(@Query() query: DeadLetterQuery): Promise<ParkedRecordPage> {
    return this.records.list(query);
  }

  @Post('replay')
  @HttpCode(200)
  @Policy(Permission.DeadLetterExecute, OPERATORS)
  @Idempotent('signal.dead_letter.replay')
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
@Controller('internal/api/signal/operations/dead-letters')
export class InternalDeadLettersController extends DeadLettersController {}
