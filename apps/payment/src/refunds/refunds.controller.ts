import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBearerAuth,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiProperty,
  ApiPropertyOptional,
  ApiTags,
} from '@nestjs/swagger';
import { IsIn } from 'class-validator';
import { activeMerchant, CurrentActor, Policy, type Actor } from '@nx/authz';
import { Permission, REFUND_STATUSES, type RefundStatusCode } from '@nx/contracts';
import { Answer, ApiProblems, Idempotent, Once, OnceKey, OptionalMember, type OnceRequest } from '@nx/http';
import { ApprovalRequired } from '../operations/approvals/approval.dto';
import { OpenRefund } from './open-refund';
import { ReadRefunds } from './read-refunds';
import { OpenRefundRequest, RefundPage, RefundQuery, RefundView, RetryRefundRequest } from './refund.dto';
import { RetryRefund } from './retry-refund';

class TransactionRefundsQuery {
  @ApiPropertyOptional({ enum: REFUND_STATUSES })
  @OptionalMember()
  @IsIn(REFUND_STATUSES)
  status?: RefundStatusCode;
}

class TransactionRefunds {
  @ApiProperty({ type: [RefundView] })
  data!: RefundView[];
}

@ApiTags('refunds')
@ApiBearerAuth()
@ApiHeader({ name: 'x-merchant-id', required: false, description: 'Active merchant; needed with more than one.' })
@Controller()
export class RefundsController {
  constructor(
    private readonly opening: OpenRefund,
    private readonly retrying: RetryRefund,
    private readonly refunds: ReadRefunds,
  ) {}

  @Post(['transactions/:id/refunds', 'transactions/:id/refund'])
  @HttpCode(200)
  @Policy(Permission.RefundCreate)
  @Idempotent('payment.refund')
  @ApiOperation({ summary: 'Give money back; the same clientReference again is the same refund' })
  @ApiOkResponse({ type: RefundView })
  @ApiAcceptedResponse({ type: ApprovalRequired, description: "Above the merchant's limit: a second person first." })
  @ApiProblems(
    'payment.frozen',
    'payment.transaction.not_found',
    'payment.attempt.not_found',
    'payment.approval.not_found',
    'payment.approval.not_approved',
    'payment.approval.expired',
    'payment.approval.used',
    'payment.approval.payload_differs',
    'payment.refund.reference_used',
    'payment.refund.transaction_blocked',
    'payment.refund.chargeback_open',
    'payment.refund.attempts_open',
    'payment.refund.exceeds_refundable',
    'payment.refund.exceeds_attempt',
    'payment.refund.attempt_required',
    'payment.refund.in_flight',
    'payment.refund.part_not_possible',
    'payment.refund.failure_not_proven',
    'payment.refund.evidence_missing',
    'payment.refund.by_hand_only',
    'payment.provider.configuration_invalid',
  )
  open(
    @Param('id') id: string,
    @Body() request: OpenRefundRequest,
    @CurrentActor() actor: Actor,
  ): Promise<RefundView | Answer<ApprovalRequired>> {
    return this.opening.execute(id, request, activeMerchant(actor));
  }

  @Get('transactions/:id/refunds')
  @Policy(Permission.RefundRead)
  @ApiOperation({ summary: 'The refunds of one transaction, oldest first' })
  @ApiOkResponse({ type: TransactionRefunds })
  @ApiProblems('payment.transaction.not_found')
  async ofTransaction(
    @Param('id') id: string,
    @Query() query: TransactionRefundsQuery,
    @CurrentActor() actor: Actor,
  ): Promise<TransactionRefunds> {
    return { data: await this.refunds.ofTransaction(activeMerchant(actor).merchantId, id, query.status) };
  }

  @Get('transactions/:id/refunds/:refundId')
  @Policy(Permission.RefundRead)
  @ApiOperation({ summary: 'One refund with its tries' })
  @ApiOkResponse({ type: RefundView })
  @ApiProblems('payment.transaction.not_found', 'payment.refund.not_found')
  one(@Param('id') id: string, @Param('refundId') refundId: string, @CurrentActor() actor: Actor): Promise<RefundView> {
    return this.refunds.one(activeMerchant(actor).merchantId, id, refundId);
  }

  @Post('transactions/:id/refunds/:refundId/retry')
  @HttpCode(200)
  @Policy(Permission.RefundCreate)
  @Once('payment.refund-retry')
  @ApiOperation({ summary: 'Try a failed refund again under a new number, or record that it was given back by hand' })
  @ApiOkResponse({ type: RefundView })
  @ApiAcceptedResponse({ type: ApprovalRequired, description: "Above the merchant's limit: a second person first." })
  @ApiProblems(
    'payment.transaction.not_found',
    'payment.refund.not_found',
    'payment.frozen',
    'payment.approval.not_found',
    'payment.approval.not_approved',
    'payment.approval.expired',
    'payment.approval.used',
    'payment.approval.payload_differs',
    'payment.refund.not_failed',
    'payment.refund.transaction_blocked',
    'payment.refund.chargeback_open',
    'payment.refund.attempts_open',
    'payment.refund.exceeds_refundable',
    'payment.refund.exceeds_attempt',
    'payment.refund.in_flight',
    'payment.refund.part_not_possible',
    'payment.refund.evidence_missing',
  )
  retry(
    @Param('id') id: string,
    @Param('refundId') refundId: string,
    @Body() request: RetryRefundRequest,
    @CurrentActor() actor: Actor,
    @OnceKey() key: OnceRequest | undefined,
  ): Promise<RefundView | Answer<ApprovalRequired>> {
    return this.retrying.execute(id, refundId, request, activeMerchant(actor), { key });
  }

  @Get('refunds')
  @Policy(Permission.RefundRead)
  @ApiOperation({ summary: "The merchant's refunds, newest first; with status FAILED those that wait for somebody" })
  @ApiOkResponse({ type: RefundPage })
  @ApiProblems('request.cursor_invalid')
  list(@Query() query: RefundQuery, @CurrentActor() actor: Actor): Promise<RefundPage> {
    return this.refunds.ofMerchant(activeMerchant(actor).merchantId, query);
  }
}
