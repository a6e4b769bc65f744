import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentActor, Policy, type Actor } from '@nx/authz';
import { Permission } from '@nx/contracts';
import { ApiProblems, Internal, Once, OnceKey, type OnceRequest, type Page } from '@nx/http';
import { AssignFinding } from './assign-finding';
import {
  AssignFindingRequest,
  FindingPage,
  FindingQuery,
  FindingView,
  ReopenFindingRequest,
  ResolveFindingRequest,
} from './finding.dto';
import { ReadFindings } from './read-findings';
import { ReopenFinding } from './reopen-finding';
import { ResolveFinding } from './resolve-finding';

const OPERATORS = { scope: 'operator' } as const;

/** What a person has to look at, of all merchants. */
@ApiTags('operations')
@ApiBearerAuth()
@Controller('operations/findings')
export class FindingsController {
  constructor(
    private readonly findings: ReadFindings,
    private readonly assigning: AssignFinding,
    private readonly resolving: ResolveFinding,
    private readonly reopening: ReopenFinding,
  ) {}

  @Get()
  @Policy(Permission.PaymentFindingRead, OPERATORS)
  @ApiOperation({ summary: 'Findings of all merchants, newest first' })
  @ApiOkResponse({ type: FindingPage })
  @ApiProblems('request.cursor_invalid')
  list(@Query() query: FindingQuery): Promise<Page<FindingView>> {
    return this.findings.list(query);
  }

  @Get(':id')
  @Policy(Permission.PaymentFindingRead, OPERATORS)
  @ApiOperation({ summary: 'One finding, with the money that it is about' })
  @ApiOkResponse({ type: FindingView })
  @ApiProblems('payment.finding.not_found')
  one(@Param('id') id: string): Promise<FindingView> {
    return this.findings.one(id);
  }

  @Post(':id/assign')
  @HttpCode(200)
  @Policy(Permission.PaymentFindingExecute, OPERATORS)
  @Once('payment.finding.assign')
  @ApiOperation({ summary: 'Give a finding to somebody, or take it yourself' })
  @ApiOkResponse({ type: FindingView })
  @ApiProblems('payment.finding.not_found', 'payment.finding.not_open')
  assign(
    @Param('id') id: string,
    @Body() request: AssignFindingRequest,
    @CurrentActor() actor: Actor,
    @OnceKey() key: OnceRequest | undefined,
  ): Promise<FindingView> {
    return this.assigning.execute(id, request, actor.userId, key);
  }

  @Post(':id/resolve')
  @HttpCode(200)
  @Policy(Permission.PaymentFindingExecute, OPERATORS)
  @Once('payment.finding.resolve')
  @ApiOperation({ summary: 'Say what came of a finding' })
  @ApiOkResponse({ type: FindingView })
  @ApiProblems('payment.finding.not_found', 'payment.finding.not_open', 'payment.finding.money_waits')
  resolve(
    @Param('id') id: string,
    @Body() request: ResolveFindingRequest,
    @CurrentActor() actor: Actor,
    @OnceKey() key: OnceRequest | undefined,
  ): Promise<FindingView> {
    return this.resolving.execute(id, request, actor.userId, key);
  }

  @Post(':id/reopen')
  @HttpCode(200)
  @Policy(Permission.PaymentFindingExecute, OPERATORS)
  @Once('payment.finding.reopen')
  @ApiOperation({ summary: 'Take the outcome of a finding back' })
  @ApiOkResponse({ type: FindingView })
  @ApiProblems('payment.finding.not_found', 'payment.finding.not_resolved')
  reopen(
    @Param('id') id: string,
    @Body() request: ReopenFindingRequest,
    @CurrentActor() actor: Actor,
    @OnceKey() key: OnceRequest | undefined,
  ): Promise<FindingView> {
    return this.reopening.execute(id, request, actor.userId, key);
  }
}

/** The same for the machine itself. */
@ApiTags('internal')
@Internal()
@Controller('internal/api/payment/operations/findings')
export class InternalFindingsController extends FindingsController {}
