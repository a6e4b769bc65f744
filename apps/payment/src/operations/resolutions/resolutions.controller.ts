import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiAcceptedResponse, ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentActor, Policy, type Actor } from '@nx/authz';
import { Permission } from '@nx/contracts';
import {
  Answer,
  ApiProblems,
  Idempotent,
  IdempotentRun,
  Internal,
  Once,
  OnceKey,
  type IdempotencyRun,
  type OnceRequest,
} from '@nx/http';
import { RefundView } from '../../refunds/refund.dto';
import { ApprovalRequired } from '../approvals/approval.dto';
import { CheckGateway } from './check-gateway';
import { ResolutionAnswer, ResolveTransactionRequest, WithEvidence } from './evidence.dto';
import { ReplayEvidence } from './replay-evidence';
import { TransactionReplayAnswer, WithReason } from './replay.dto';
import { APPROVAL_PROBLEMS, EVIDENCE_PROBLEMS, SECOND_PERSON } from './resolution-problems';
import { ResolveTransaction } from './resolve-transaction';
import { RetryFailedRefund } from './retry-failed-refund';
import { RetryFailedRefundRequest } from './retry-refund.dto';
import { ReversePayment } from './reverse-payment';

const OPERATORS = { scope: 'operator' } as const;

/** What people do about money that no machine could end. A transaction is named by id or uid, also of an attempt. */
@ApiTags('operations')
@ApiBearerAuth()
@Controller('operations')
export class ResolutionsController {
  constructor(
    private readonly resolving: ResolveTransaction,
    private readonly reversing: ReversePayment,
    private readonly replaying: ReplayEvidence,
    private readonly checking: CheckGateway,
    private readonly retrying: RetryFailedRefund,
  ) {}

  @Post('transactions/:id/resolve')
  @HttpCode(200)
  @Policy(Permission.ResolutionExecute, OPERATORS)
  @Idempotent('payment.resolve')
  @ApiOperation({ summary: 'End an unknown payment or refund by what a person has seen' })
  @ApiOkResponse({ type: ResolutionAnswer })
  @ApiAcceptedResponse({ type: ApprovalRequired, description: SECOND_PERSON })
  @ApiProblems(...EVIDENCE_PROBLEMS, ...APPROVAL_PROBLEMS)
  resolve(
    @Param('id') id: string,
    @Body() request: ResolveTransactionRequest,
    @CurrentActor() actor: Actor,
  ): Promise<ResolutionAnswer | Answer<ApprovalRequired>> {
    return this.resolving.execute(id, request, actor);
  }

  @Post('transactions/:id/reverse')
  @HttpCode(200)
  @Policy(Permission.ResolutionExecute, OPERATORS)
  @Idempotent('payment.reverse')
  @ApiOperation({ summary: 'Book that the provider took a payment back' })
  @ApiOkResponse({ type: ResolutionAnswer })
  @ApiAcceptedResponse({ type: ApprovalRequired, description: SECOND_PERSON })
  @ApiProblems(...EVIDENCE_PROBLEMS, ...APPROVAL_PROBLEMS)
  reverse(
    @Param('id') id: string,
    @Body() request: WithEvidence,
    @CurrentActor() actor: Actor,
  ): Promise<ResolutionAnswer | Answer<ApprovalRequired>> {
    return this.reversing.execute(id, request, actor);
  }

  @Post('transactions/:id/replay')
  @HttpCode(200)
  @Policy(Permission.ResolutionExecute, OPERATORS)
  @Idempotent('payment.replay')
  @ApiOperation({ summary: 'Read all evidence again, ask the provider, and apply what it proves' })
  @ApiOkResponse({ type: TransactionReplayAnswer })
  @ApiAcceptedResponse({ type: ApprovalRequired, description: 'A second person first.' })
  @ApiProblems('payment.transaction.not_found', ...APPROVAL_PROBLEMS)
  replay(
    @Param('id') id: string,
    @Body() request: WithReason,
    @CurrentActor() actor: Actor,
    @IdempotentRun() run: IdempotencyRun | undefined,
  ): Promise<TransactionReplayAnswer | Answer<ApprovalRequired>> {
    return this.replaying.execute(id, request, actor, run);
  }

  @Post('transactions/:id/check')
  @HttpCode(200)
  @Policy(Permission.ResolutionExecute, OPERATORS)
  @ApiOperation({ summary: 'Ask the provider now, and apply what it proves' })
  @ApiOkResponse({ type: TransactionReplayAnswer })
  @ApiProblems('payment.transaction.not_found')
  check(@Param('id') id: string, @CurrentActor() actor: Actor): Promise<TransactionReplayAnswer> {
    return this.checking.execute(id, actor);
  }

  @Post('refunds/:id/retry')
  @HttpCode(200)
  @Policy(Permission.ResolutionExecute, OPERATORS)
  @Once('payment.refund.retry.operator')
  @ApiOperation({ summary: 'Try a failed refund of any merchant again' })
  @ApiOkResponse({ type: RefundView })
  @ApiAcceptedResponse({ type: ApprovalRequired, description: SECOND_PERSON })
  @ApiProblems(
    'payment.refund.not_found',
    'payment.refund.not_failed',
    'payment.refund.transaction_blocked',
    ...APPROVAL_PROBLEMS,
  )
  retry(
    @Param('id') id: string,
    @Body() request: RetryFailedRefundRequest,
    @CurrentActor() actor: Actor,
    @OnceKey() key: OnceRequest | undefined,
  ): Promise<RefundView | Answer<ApprovalRequired>> {
    return this.retrying.execute(id, request, actor, key);
  }
}

/** The same for the machine itself, as far as one person is enough. */
@ApiTags('internal')
@Internal()
@Controller('internal/api/payment/operations')
export class InternalResolutionsController extends ResolutionsController {}
