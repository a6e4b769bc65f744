import { Body, Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentActor, Policy, type Actor } from '@nx/authz';
import { Permission } from '@nx/contracts';
import { ApiProblems, Idempotent, IdempotentRun, Internal, type IdempotencyRun } from '@nx/http';
import { DeadLetterPage, DeadLetterQuery, ReplayAnswer, ReplayRequest } from './dead-letter.dto';
import { DeadLetters } from './dead-letters';

const OPERATORS = { scope: 'operator' } as const;

/** Invoices of all merchants that were given up. Every replay is audited. */
@ApiTags('operations')
@ApiBearerAuth()
@Controller('operations/dead-letters')
export class DeadLettersController {
  constructor(private readonly letters: DeadLetters) {}

  @Get()
  @Policy(Permission.DeadLetterRead, OPERATORS)
  @ApiOperation({ summary: 'Invoices that were given up, newest first, with the reason' })
  @ApiOkResponse({ type: DeadLetterPage })
  @ApiProblems('request.cursor_invalid')
  list(@Query() query: DeadLetterQuery): Promise<DeadLetterPage> {
    return this.letters.list(query);
  }

  @Post('replay')
  @HttpCode(200)
  @Policy(Permission.DeadLetterExecute, OPERATORS)
  @Idempotent('invoice.dead_letter.replay')
  @ApiOperation({ summary: 'Replay one or many under the same keys; what is not proven refused is looked up or left' })
  @ApiOkResponse({ type: ReplayAnswer })
  @ApiProblems('request.invalid')
  replay(
    @Body() request: ReplayRequest,
    @CurrentActor() actor: Actor,
    @IdempotentRun() run: IdempotencyRun | undefined,
  ): Promise<ReplayAnswer> {
    return this.letters.execute(request, actor.userId, run);
  }
}

/** The same for the machine itself. */
@ApiTags('internal')
@Internal()
@Controller('internal/api/invoice/operations/dead-letters')
export class InternalDeadLettersController extends DeadLettersController {}
