import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBearerAuth,
  ApiCreatedResponse,
  ApiHeader,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { activeMerchant, CurrentActor, Policy, type Actor } from '@nx/authz';
import { Permission } from '@nx/contracts';
import { ApiProblems, Once, OnceKey, PageQuery, type OnceRequest } from '@nx/http';
import { ListDeliveries } from './list-deliveries';
import { ManageWebhookConfigs } from './manage-webhook-configs';
import { ReplayDeliveries } from './replay-deliveries';
import { SendTest } from './send-test';
import {
  CreatedWebhookConfigView,
  CreateWebhookConfigRequest,
  DeliveryPage,
  DeliveryQuery,
  RecoverRequest,
  ReplayAnswer,
  ReplayRequest,
  RotateSecretRequest,
  TestAnswer,
  UpdateWebhookConfigRequest,
  WebhookConfigPage,
  WebhookConfigView,
} from './webhook-config.dto';

@ApiTags('webhooks')
@ApiBearerAuth()
@ApiHeader({ name: 'x-merchant-id', required: false, description: 'Active merchant; needed with more than one.' })
@Controller()
export class WebhookConfigController {
  constructor(
    private readonly configs: ManageWebhookConfigs,
    private readonly listing: ListDeliveries,
    private readonly replaying: ReplayDeliveries,
    private readonly testing: SendTest,
  ) {}

  @Get('webhook-configs')
  @Policy(Permission.WebhookConfigRead)
  @ApiOperation({ summary: "The merchant's subscriptions" })
  @ApiOkResponse({ type: WebhookConfigPage })
  @ApiProblems('request.cursor_invalid')
  list(@Query() query: PageQuery, @CurrentActor() actor: Actor): Promise<WebhookConfigPage> {
    return this.configs.list(activeMerchant(actor).merchantId, query);
  }

  @Get('webhook-configs/:id')
  @Policy(Permission.WebhookConfigRead)
  @ApiOperation({ summary: 'One subscription, without its secret' })
  @ApiOkResponse({ type: WebhookConfigView })
  @ApiProblems('payment.webhook_config.not_found')
  get(@Param('id') id: string, @CurrentActor() actor: Actor): Promise<WebhookConfigView> {
    return this.configs.one(activeMerchant(actor).merchantId, id);
  }

  @Post('webhook-configs')
  @Policy(Permission.WebhookConfigCreate)
  @Once('payment.webhook-config.create')
  @ApiOperation({ summary: 'Subscribe; the first answer shows the secret once, a repeated key does not' })
  @ApiCreatedResponse({ type: CreatedWebhookConfigView })
  @ApiProblems('payment.webhook_config.url_refused')
  create(
    @Body() request: CreateWebhookConfigRequest,
    @CurrentActor() actor: Actor,
    @OnceKey() key: OnceRequest | undefined,
  ): Promise<CreatedWebhookConfigView> {
    return this.configs.create(request, activeMerchant(actor), key);
  }

  @Patch('webhook-configs/:id')
  @Policy(Permission.WebhookConfigUpdate)
  @ApiOperation({ summary: 'Change a subscription, or switch it on or off' })
  @ApiOkResponse({ type: WebhookConfigView })
  @ApiProblems('payment.webhook_config.not_found', 'payment.webhook_config.url_refused')
  update(
    @Param('id') id: string,
    @Body() request: UpdateWebhookConfigRequest,
    @CurrentActor() actor: Actor,
  ): Promise<WebhookConfigView> {
    return this.configs.update(id, request, activeMerchant(actor));
  }

  @Delete('webhook-configs/:id')
  @HttpCode(204)
  @Policy(Permission.WebhookConfigDelete)
  @ApiOperation({ summary: 'Unsubscribe' })
  @ApiNoContentResponse()
  @ApiProblems('payment.webhook_config.not_found')
  remove(@Param('id') id: string, @CurrentActor() actor: Actor): Promise<void> {
    return this.configs.remove(id, activeMerchant(actor));
  }

  @Post('webhook-configs/:id/rotate-secret')
  @HttpCode(200)
  @Policy(Permission.WebhookConfigUpdate)
  @ApiOperation({ summary: 'Replace the secret; both sign for a while. The answer shows the new one once' })
  @ApiOkResponse({ type: CreatedWebhookConfigView })
  @ApiProblems('payment.webhook_config.not_found', 'payment.webhook_config.not_signed')
  rotate(
    @Param('id') id: string,
    @Body() request: RotateSecretRequest,
    @CurrentActor() actor: Actor,
  ): Promise<CreatedWebhookConfigView> {
    return this.configs.rotate(id, request, activeMerchant(actor));
  }

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
