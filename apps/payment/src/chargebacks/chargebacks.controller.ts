import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiCreatedResponse, ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { activeMerchant, CurrentActor, Policy, type Actor } from '@nx/authz';
import { Permission } from '@nx/contracts';
import { ApiProblems, Idempotent, Once, OnceKey, type OnceRequest } from '@nx/http';
import {
  ChargebackEvidenceRequest,
  ChargebackView,
  OpenChargebackRequest,
  TransactionChargebacks,
} from './chargeback.dto';
import { MoveChargeback } from './move-chargeback';
import { OpenChargeback } from './open-chargeback';
import { ReadChargebacks } from './read-chargebacks';

/** A merchant's payments that buyers contest. */
@ApiTags('chargebacks')
@ApiBearerAuth()
@ApiHeader({ name: 'x-merchant-id', required: false, description: 'Active merchant; needed with more than one.' })
@Controller()
export class ChargebacksController {
  constructor(
    private readonly opening: OpenChargeback,
    private readonly moving: MoveChargeback,
    private readonly chargebacks: ReadChargebacks,
  ) {}

  @Post(['transactions/:id/chargebacks', 'transactions/:id/chargeback'])
  @HttpCode(201)
  @Policy(Permission.ChargebackCreate)
  @Once('payment.chargeback')
  @ApiOperation({ summary: 'Record that a buyer contests a payment with his bank' })
  @ApiCreatedResponse({ type: ChargebackView })
  @ApiProblems(
    'payment.transaction.not_found',
    'payment.chargeback.exists',
    'payment.chargeback.nothing_to_contest',
    'payment.chargeback.exceeds_paid',
  )
  open(
    @Param('id') id: string,
    @Body() request: OpenChargebackRequest,
    @CurrentActor() actor: Actor,
    @OnceKey() key: OnceRequest | undefined,
  ): Promise<ChargebackView> {
    return this.opening.execute(id, request, activeMerchant(actor), key);
  }

  @Get('transactions/:id/chargebacks')
  @Policy(Permission.ChargebackRead)
  @ApiOperation({ summary: 'The chargebacks of one transaction, oldest first' })
  @ApiOkResponse({ type: TransactionChargebacks })
  @ApiProblems('payment.transaction.not_found')
  async ofTransaction(@Param('id') id: string, @CurrentActor() actor: Actor): Promise<TransactionChargebacks> {
    return { data: await this.chargebacks.ofTransaction(activeMerchant(actor).merchantId, id) };
  }

  @Get('transactions/:id/chargebacks/:chargebackId')
  @Policy(Permission.ChargebackRead)
  @ApiOperation({ summary: 'One chargeback' })
  @ApiOkResponse({ type: ChargebackView })
  @ApiProblems('payment.transaction.not_found', 'payment.chargeback.not_found')
  one(
    @Param('id') id: string,
    @Param('chargebackId') chargebackId: string,
    @CurrentActor() actor: Actor,
  ): Promise<ChargebackView> {
    return this.chargebacks.one(activeMerchant(actor).merchantId, id, chargebackId);
  }

  @Post('transactions/:id/chargebacks/:chargebackId/submit')
  @HttpCode(200)
  @Policy(Permission.ChargebackUpdate)
  @Idempotent('payment.chargeback.submit')
  @ApiOperation({ summary: 'Our evidence is with the provider' })
  @ApiOkResponse({ type: ChargebackView })
  @ApiProblems('payment.transaction.not_found', 'payment.chargeback.not_found', 'payment.chargeback.ended')
  submit(
    @Param('id') id: string,
    @Param('chargebackId') chargebackId: string,
    @Body() { evidence }: ChargebackEvidenceRequest,
    @CurrentActor() actor: Actor,
  ): Promise<ChargebackView> {
    return this.moving.execute(id, chargebackId, 'SUBMITTED', evidence, activeMerchant(actor));
  }
}
