import { Body, Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentActor, Policy, type Actor } from '@nx/authz';
import { Permission } from '@nx/contracts';
import { ApiProblems, Idempotent, Internal } from '@nx/http';
import { DeadLetterPage, DeadLetterQuery, ReplayAnswer, ReplayRequest } from './dead-letter.dto';
import { DeadLetters } from './dead-letters';

const OPERATORS = { scope: 'operator' } as const;

/** Activities that could not be put into inboxes. Every replay is audited. */
@ApiTags('operations')
@ApiBearerAuth()
@Controller('operations/dead-letters')
export class DeadLettersController {
  constructor(private readonly letters: DeadLetters) {}

  @Get()
  @Policy(Permission.DeadLetterRead, OPERATORS)
  @ApiOperation({ summary: 'Records that were given up (or are parked), newest first, with the reason' })
  @ApiOkResponse({ type: DeadLetterPage })
  @ApiProblems('request.invalid', 'request.cursor_invalid')
  list(@Query() query: DeadLetterQuery): Promise<DeadLetterPage> {
    return this.letters.list(query);
  }

  @Post('replay')
  @HttpCode(200)
  @Policy(Permission.DeadLetterExecute, OPERATORS)
  @Idempotent('signal.dead_letter.replay')
  @ApiOperation({ summary: 'Replay records that were given up, under the same event ids' })
  @ApiOkResponse({ type: ReplayAnswer })
  @ApiProblems('request.invalid')
  replay(@Body() request: ReplayRequest, @CurrentActor() actor: Actor): Promise<ReplayAnswer> {
    return this.letters.execute(request, actor.userId);
  }
}

/** The same for the machine itself. */
@ApiTags('internal')
@Internal()
@Controller('internal/api/signal/operations/dead-letters')
export class InternalDeadLettersController extends DeadLettersController {}
