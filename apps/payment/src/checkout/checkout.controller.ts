import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { activeMerchant, CurrentActor, Policy, type Actor } from '@nx/authz';
import { Permission } from '@nx/contracts';
import { ApiProblems, IdempotencyKey, Idempotent, type Answer, type IdempotencyRequest } from '@nx/http';
import { CancelPayment } from './cancel-payment';
import {
  CancelAnswer,
  CancelRequest,
  CheckoutAnswer,
  CheckoutRequest,
  CounterPaymentAnswer,
  CounterPaymentRequest,
  VerifyAnswer,
  VerifyRequest,
} from './checkout.dto';
import { ReceiveCash } from './receive-cash';
import { StartCheckout } from './start-checkout';
import { VerifyAttempt } from './verify-attempt';

@ApiTags('payments')
@ApiBearerAuth()
@ApiHeader({ name: 'x-merchant-id', required: false, description: 'Active merchant; needed with more than one.' })
@Controller('payments')
export class CheckoutController {
  constructor(
    private readonly start: StartCheckout,
    private readonly cancelling: CancelPayment,
    private readonly verifying: VerifyAttempt,
    private readonly counter: ReceiveCash,
  ) {}

  @Post('checkout')
  @HttpCode(200)
  @Policy(Permission.TransactionCreate)
  @ApiOperation({ summary: 'Start a payment, or add an attempt to an open transaction' })
  @ApiOkResponse({ type: CheckoutAnswer })
  @ApiProblems(
    'payment.frozen',
    'payment.checkout.active_transaction_exists',
    'payment.checkout.source_already_settled',
    'payment.checkout.amount_exceeds_due',
    'payment.checkout.total_mismatch',
    'payment.checkout.source_mismatch',
    'payment.checkout.transaction_closed',
    'payment.provider.unknown',
    'payment.provider.method_not_supported',
    'payment.provider.not_supported',
    'payment.provider.not_configured',
    'payment.provider.configuration_invalid',
    'payment.provider.refused',
    'payment.provider.unavailable',
    'payment.provider.outcome_unknown',
    'payment.amount.out_of_window',
    'payment.currency.not_supported',
    'payment.transaction.not_found',
    'payment.attempt.not_open',
    'idempotency.key_invalid',
    'idempotency.key_reused',
    'idempotency.in_progress',
  )
  checkout(
    @Body() request: CheckoutRequest,
    @CurrentActor() actor: Actor,
    @IdempotencyKey('payment.checkout') key: IdempotencyRequest | undefined,
  ): Promise<CheckoutAnswer | Answer<CheckoutAnswer>> {
    return this.start.execute(request, activeMerchant(actor), key);
  }

  @Post('cancel')
  @HttpCode(200)
  @Policy(Permission.TransactionUpdate)
  @Idempotent('payment.cancel')
  @ApiOperation({ summary: 'Cancel one attempt, or a transaction with all its open attempts' })
  @ApiOkResponse({ type: CancelAnswer })
  @ApiProblems(
    'payment.transaction.not_found',
    'payment.attempt.not_found',
    'payment.attempt.outcome_unknown',
    'payment.cancel.already_paid',
    'payment.cancel.not_cancellable',
  )
  cancel(@Body() request: CancelRequest, @CurrentActor() actor: Actor): Promise<CancelAnswer> {
    return this.cancelling.execute(request, activeMerchant(actor));
  }

  @Post('verify')
  @HttpCode(200)
  @Policy(Permission.TransactionRead)
  @ApiOperation({ summary: 'Ask the provider now and apply what it proves' })
  @ApiOkResponse({ type: VerifyAnswer })
  @ApiProblems('payment.attempt.not_found', 'payment.provider.not_configured')
  verify(@Body() request: VerifyRequest, @CurrentActor() actor: Actor): Promise<VerifyAnswer> {
    return this.verifying.execute(request.attemptId, activeMerchant(actor));
  }

  @Post('system/ipn')
  @HttpCode(200)
  @Policy(Permission.TransactionExecute)
  @Idempotent('payment.system-ipn')
  @ApiOperation({ summary: 'Record cash or a bank transfer received at the counter' })
  @ApiOkResponse({ type: CounterPaymentAnswer })
  @ApiProblems(
    'payment.attempt.not_found',
    'payment.attempt.expired',
    'payment.attempt.not_open',
    'payment.attempt.not_counter_payment',
    'payment.counter.tendered_below_amount',
    'payment.counter.tendered_not_equal',
    'payment.counter.bank_reference_required',
    'payment.counter.bank_reference_used',
    'payment.counter.not_applicable',
  )
  receive(@Body() request: CounterPaymentRequest, @CurrentActor() actor: Actor): Promise<CounterPaymentAnswer> {
    return this.counter.execute(request, activeMerchant(actor));
  }
}
