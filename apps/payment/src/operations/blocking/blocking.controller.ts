import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiAcceptedResponse, ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentActor, Policy, type Actor } from '@nx/authz';
import { Permission } from '@nx/contracts';
import { Answer, ApiProblems, Idempotent, Internal, Once, OnceKey, type OnceRequest } from '@nx/http';
import { TransactionDetailView } from '../../transactions/transaction.view';
import { ApprovalRequired, ReasonRequest } from '../approvals/approval.dto';
import { WithReason } from '../resolutions/replay.dto';
import { APPROVAL_PROBLEMS } from '../resolutions/resolution-problems';
import { BlockByOperator } from './block-by-operator';
import { UnblockTransaction } from './unblock-transaction';

const OPERATORS = { scope: 'operator' } as const;

/** Stops and starts one transaction, named by id or uid, also of an attempt. */
@ApiTags('operations')
@ApiBearerAuth()
@Controller('operations/transactions')
export class BlockingController {
  constructor(
    private readonly blocking: BlockByOperator,
    private readonly unblocking: UnblockTransaction,
  ) {}

  @Post(':id/block')
  @HttpCode(200)
  @Policy(Permission.ResolutionExecute, OPERATORS)
  @Idempotent('payment.block')
  @ApiOperation({ summary: 'Keep aside what comes in, and let nothing go out' })
  @ApiOkResponse({ type: TransactionDetailView })
  @ApiProblems('payment.transaction.not_found', 'payment.transaction.not_blockable')
  block(
    @Param('id') id: string,
    @Body() { reason }: ReasonRequest,
    @CurrentActor() actor: Actor,
  ): Promise<TransactionDetailView> {
    return this.blocking.execute(id, reason, actor);
  }

  @Post(':id/unblock')
  @HttpCode(200)
  @Policy(Permission.ResolutionExecute, OPERATORS)
  @Once('payment.unblock')
  @ApiOperation({ summary: 'Let it go on in the state that the evidence proves' })
  @ApiOkResponse({ type: TransactionDetailView })
  @ApiAcceptedResponse({ type: ApprovalRequired, description: 'A second person first.' })
  @ApiProblems(
    'payment.transaction.not_found',
    'payment.transaction.not_blocked',
    'payment.transaction.still_broken',
    ...APPROVAL_PROBLEMS,
  )
  unblock(
    @Param('id') id: string,
    @Body() request: WithReason,
    @CurrentActor() actor: Actor,
    @OnceKey() key: OnceRequest | undefined,
  ): Promise<TransactionDetailView | Answer<ApprovalRequired>> {
    return this.unblocking.execute(id, request, actor, key);
  }
}

/** The same for the machine itself; it may block, and not unblock. */
@ApiTags('internal')
@Internal()
@Controller('internal/api/payment/operations/transactions')
export class InternalBlockingController extends BlockingController {}
