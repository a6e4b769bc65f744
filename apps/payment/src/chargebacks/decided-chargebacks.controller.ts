import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentActor, Policy, type Actor } from '@nx/authz';
import { Permission } from '@nx/contracts';
import { ApiProblems, Idempotent, Internal } from '@nx/http';
import { ChargebackEvidenceRequest, ChargebackPage, ChargebackQuery, ChargebackView } from './chargeback.dto';
import { MoveChargeback } from './move-chargeback';
import { ReadChargebacks } from './read-chargebacks';

const OPERATORS = { scope: 'operator' } as const;

/** How a provider has decided, by the word and evidence of an operator. */
@ApiTags('operations')
@ApiBearerAuth()
@Controller('transactions/:id/chargebacks/:chargebackId')
export class DecidedChargebacksController {
  constructor(private readonly moving: MoveChargeback) {}

  @Post('won')
  @HttpCode(200)
  @Policy(Permission.ChargebackExecute, OPERATORS)
  @Idempotent('payment.chargeback.won')
  @ApiOperation({ summary: 'The provider has refused the claim: the money is the merchant’s again' })
  @ApiOkResponse({ type: ChargebackView })
  @ApiProblems('payment.transaction.not_found', 'payment.chargeback.not_found', 'payment.chargeback.ended')
  won(
    @Param('id') id: string,
    @Param('chargebackId') chargebackId: string,
    @Body() { evidence }: ChargebackEvidenceRequest,
    @CurrentActor() { userId }: Actor,
  ): Promise<ChargebackView> {
    return this.moving.execute(id, chargebackId, 'WON', evidence, { userId, merchantId: null });
  }

  @Post('lost')
  @HttpCode(200)
  @Policy(Permission.ChargebackExecute, OPERATORS)
  @Idempotent('payment.chargeback.lost')
  @ApiOperation({ summary: 'The provider has upheld the claim: the money is gone' })
  @ApiOkResponse({ type: ChargebackView })
  @ApiProblems('payment.transaction.not_found', 'payment.chargeback.not_found', 'payment.chargeback.ended')
  lost(
    @Param('id') id: string,
    @Param('chargebackId') chargebackId: string,
    @Body() { evidence }: ChargebackEvidenceRequest,
    @CurrentActor() { userId }: Actor,
  ): Promise<ChargebackView> {
    return this.moving.execute(id, chargebackId, 'LOST', evidence, { userId, merchantId: null });
  }
}

/** Chargebacks of all merchants, for operators. */
@ApiTags('operations')
@ApiBearerAuth()
@Controller('operations/chargebacks')
export class OperatorChargebacksController {
  constructor(private readonly chargebacks: ReadChargebacks) {}

  @Get()
  @Policy(Permission.ChargebackRead, OPERATORS)
  @ApiOperation({ summary: 'Chargebacks of all merchants, newest first' })
  @ApiOkResponse({ type: ChargebackPage })
  @ApiProblems('request.cursor_invalid')
  list(@Query() query: ChargebackQuery): Promise<ChargebackPage> {
    return this.chargebacks.list(query);
  }
}

/** The same for the machine itself. */
@ApiTags('internal')
@Internal()
@Controller('internal/api/payment/operations/chargebacks')
export class InternalChargebacksController extends OperatorChargebacksController {}
