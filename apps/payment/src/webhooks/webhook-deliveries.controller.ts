import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiAcceptedResponse, ApiBearerAuth, ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { activeMerchant, CurrentActor, Policy, type Actor } from '@nx/authz';
import { Permission } from '@nx/contracts';
import { ApiProblems, Once, OnceKey, type OnceRequest } from '@nx/http';
import { ListDeliveries } from './list-deliveries';
import { ReplayDeliveries } from './replay-deliveries';
import { SendTest } from './send-test';
import {
  DeliveryPage,
  DeliveryQuery,
  RecoverRequest,
  ReplayAnswer,
  ReplayRequest,
  TestAnswer,
} from './webhook-config.dto';

/** What was sent to a subscription, and sending it again. */
@ApiTags('webhooks')
@ApiBearerAuth()
@ApiHeader({ name: 'x-merchant-id', required: false, description: 'Active merchant; needed with more than one.' })
@Controller()
export class WebhookDeliveriesController {
  constructor(
    private readonly listing: ListDeliveries,
    private readonly replaying: ReplayDeliveries,
    private readonly testing: SendTest,
  ) {}

  @Post('webhook-configs/:id/test')
  @HttpCode(202)
  @Policy(Permission.WebhookConfigExecute)
  @ApiOperation({ summary: 'Send a signed message that means nothing' })
  @ApiAcceptedResponse({ type: TestAnswer })
  @ApiProblems('payment.webhook_config.not_found', 'payment.webhook_config.switched_off')
  test(@Param('id') id: string, @CurrentActor() actor: Actor): Promise<TestAnswer> {
    return this.testing.execute(id, activeMerchant(actor));
  }

  @Get('webhook-configs/:id/deliveries')
  @Policy(Permission.WebhookConfigRead)
  @ApiOperation({ summary: 'Deliveries with every try, newest first' })
  @ApiOkResponse({ type: DeliveryPage })
  @ApiProblems('request.cursor_invalid', 'payment.webhook_config.not_found')
  listDeliveries(
    @Param('id') id: string,
    @Query() query: DeliveryQuery,
    @CurrentActor() actor: Actor,
  ): Promise<DeliveryPage> {
    return this.listing.execute(activeMerchant(actor).merchantId, id, query);
  }

  @Post('webhook-deliveries/:id/replay')
  @HttpCode(200)
  @Policy(Permission.WebhookConfigExecute)
  @Once('payment.webhook-delivery.replay')
  @ApiOperation({ summary: 'Send one delivery again, with the same body' })
  @ApiOkResponse({ type: ReplayAnswer })
  @ApiProblems('payment.webhook_delivery.not_found', 'payment.webhook_config.switched_off')
  replay(
    @Param('id') id: string,
    @CurrentActor() actor: Actor,
    @OnceKey() key: OnceRequest | undefined,
  ): Promise<ReplayAnswer> {
    return this.replaying.one(id, activeMerchant(actor), key);
  }

  @Post('webhook-configs/:id/replay')
  @HttpCode(200)
  @Policy(Permission.WebhookConfigExecute)
  @Once('payment.webhook-config.replay')
  @ApiOperation({ summary: 'Send several deliveries again, or what is true of a transaction now' })
  @ApiOkResponse({ type: ReplayAnswer })
  @ApiProblems(
    'payment.webhook_config.not_found',
    'payment.webhook_config.switched_off',
    'payment.transaction.not_found',
  )
  replayMany(
    @Param('id') id: string,
    @Body() request: ReplayRequest,
    @CurrentActor() actor: Actor,
    @OnceKey() key: OnceRequest | undefined,
  ): Promise<ReplayAnswer> {
    return this.replaying.asked(id, request, activeMerchant(actor), key);
  }

  @Post('webhook-configs/:id/recover')
  @HttpCode(200)
  @Policy(Permission.WebhookConfigExecute)
  @Once('payment.webhook-config.recover')
  @ApiOperation({ summary: 'Send everything again that died since a moment' })
  @ApiOkResponse({ type: ReplayAnswer })
  @ApiProblems('payment.webhook_config.not_found', 'payment.webhook_config.switched_off')
  recover(
    @Param('id') id: string,
    @Body() request: RecoverRequest,
    @CurrentActor() actor: Actor,
    @OnceKey() key: OnceRequest | undefined,
  ): Promise<ReplayAnswer> {
    return this.replaying.recover(id, new Date(request.since), activeMerchant(actor), key);
  }
}
