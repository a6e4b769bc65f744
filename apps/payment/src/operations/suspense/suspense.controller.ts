import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiAcceptedResponse, ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentActor, Policy, type Actor } from '@nx/authz';
import { Permission } from '@nx/contracts';
import { Answer, ApiProblems, Internal, Once, OnceKey, type OnceRequest, type Page } from '@nx/http';
import { TransactionDetailView } from '../../transactions/transaction.view';
import { ApprovalRequired } from '../approvals/approval.dto';
import { WithReason } from '../resolutions/replay.dto';
import { APPROVAL_PROBLEMS, SECOND_PERSON } from '../resolutions/resolution-problems';
import { AcceptItem } from './accept-item';
import { MatchSuspense } from './match-suspense';
import { ReadSuspense } from './read-suspense';
import { RefundItem } from './refund-item';
import { MatchSuspenseRequest, SuspensePage, SuspenseQuery, SuspenseView } from './suspense.dto';

const OPERATORS = { scope: 'operator' } as const;

/** Money that was received and counts for no sale. */
@ApiTags('operations')
@ApiBearerAuth()
@Controller('operations/suspense')
export class SuspenseController {
  constructor(
    private readonly items: ReadSuspense,
    private readonly matching: MatchSuspense,
    private readonly accepting: AcceptItem,
    private readonly refunding: RefundItem,
  ) {}

  @Get()
  @Policy(Permission.ResolutionRead, OPERATORS)
  @ApiOperation({ summary: 'Money in suspense of all merchants, newest first' })
  @ApiOkResponse({ type: SuspensePage })
  @ApiProblems('request.cursor_invalid')
  list(@Query() query: SuspenseQuery): Promise<Page<SuspenseView>> {
    return this.items.list(query);
  }

  @Get(':id')
  @Policy(Permission.ResolutionRead, OPERATORS)
  @ApiOperation({ summary: 'One item in suspense' })
  @ApiOkResponse({ type: SuspenseView })
  @ApiProblems('payment.suspense.not_found')
  one(@Param('id') id: string): Promise<SuspenseView> {
    return this.items.one(id);
  }

  @Post(':id/match')
  @HttpCode(200)
  @Policy(Permission.ResolutionExecute, OPERATORS)
  @Once('payment.suspense.match')
  @ApiOperation({ summary: 'Say for which attempt money without an attempt was meant' })
  @ApiOkResponse({ type: SuspenseView })
  @ApiAcceptedResponse({ type: ApprovalRequired, description: SECOND_PERSON })
  @ApiProblems(
    'payment.suspense.not_found',
    'payment.suspense.matched',
    'payment.attempt.not_found',
    ...APPROVAL_PROBLEMS,
  )
  match(
    @Param('id') id: string,
    @Body() request: MatchSuspenseRequest,
    @CurrentActor() actor: Actor,
    @OnceKey() key: OnceRequest | undefined,
  ): Promise<SuspenseView | Answer<ApprovalRequired>> {
    return this.matching.execute(id, request, actor, key);
  }

  @Post(':id/accept')
  @HttpCode(200)
  @Policy(Permission.ResolutionExecute, OPERATORS)
  @Once('payment.suspense.accept')
  @ApiOperation({ summary: 'Let it count for the sale, as far as it is due' })
  @ApiOkResponse({ type: TransactionDetailView })
  @ApiAcceptedResponse({ type: ApprovalRequired, description: SECOND_PERSON })
  @ApiProblems(
    'payment.suspense.not_found',
    'payment.suspense.not_matched',
    'payment.suspense.not_acceptable',
    ...APPROVAL_PROBLEMS,
  )
  accept(
    @Param('id') id: string,
    @Body() request: WithReason,
    @CurrentActor() actor: Actor,
    @OnceKey() key: OnceRequest | undefined,
  ): Promise<TransactionDetailView | Answer<ApprovalRequired>> {
    return this.accepting.execute(id, request, actor, key);
  }

  @Post(':id/refund')
  @HttpCode(200)
  @Policy(Permission.ResolutionExecute, OPERATORS)
  @Once('payment.suspense.refund')
  @ApiOperation({ summary: 'Give it back as it came' })
  @ApiOkResponse({ type: SuspenseView })
  @ApiAcceptedResponse({ type: ApprovalRequired, description: SECOND_PERSON })
  @ApiProblems(
    'payment.suspense.not_found',
    'payment.suspense.not_matched',
    'payment.suspense.not_refundable',
    'payment.refund.by_hand_only',
    ...APPROVAL_PROBLEMS,
  )
  refund(
    @Param('id') id: string,
    @Body() request: WithReason,
    @CurrentActor() actor: Actor,
    @OnceKey() key: OnceRequest | undefined,
  ): Promise<SuspenseView | Answer<ApprovalRequired>> {
    return this.refunding.execute(id, request, actor, key);
  }
}

/** The same for the machine itself, as far as one person is enough. */
@ApiTags('internal')
@Internal()
@Controller('internal/api/payment/operations/suspense')
export class InternalSuspenseController extends SuspenseController {}
