import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import {
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
import { ManageWebhookConfigs } from './manage-webhook-configs';
import {
  CreatedWebhookConfigView,
  CreateWebhookConfigRequest,
  RotateSecretRequest,
  UpdateWebhookConfigRequest,
  WebhookConfigPage,
  WebhookConfigView,
} from './webhook-config.dto';

/** The merchant's subscriptions. */
@ApiTags('webhooks')
@ApiBearerAuth()
@ApiHeader({ name: 'x-merchant-id', required: false, description: 'Active merchant; needed with more than one.' })
@Controller('webhook-configs')
export class WebhookConfigController {
  constructor(private readonly configs: ManageWebhookConfigs) {}

  @Get()
  @Policy(Permission.WebhookConfigRead)
  @ApiOperation({ summary: "The merchant's subscriptions" })
  @ApiOkResponse({ type: WebhookConfigPage })
  @ApiProblems('request.cursor_invalid')
  list(@Query() query: PageQuery, @CurrentActor() actor: Actor): Promise<WebhookConfigPage> {
    return this.configs.list(activeMerchant(actor).merchantId, query);
  }

  @Get(':id')
  @Policy(Permission.WebhookConfigRead)
  @ApiOperation({ summary: 'One subscription, without its secret' })
  @ApiOkResponse({ type: WebhookConfigView })
  @ApiProblems('payment.webhook_config.not_found')
  get(@Param('id') id: string, @CurrentActor() actor: Actor): Promise<WebhookConfigView> {
    return this.configs.one(activeMerchant(actor).merchantId, id);
  }

  @Post()
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

  @Patch(':id')
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

  @Delete(':id')
  @HttpCode(204)
  @Policy(Permission.WebhookConfigDelete)
  @ApiOperation({ summary: 'Unsubscribe' })
  @ApiNoContentResponse()
  @ApiProblems('payment.webhook_config.not_found')
  remove(@Param('id') id: string, @CurrentActor() actor: Actor): Promise<void> {
    return this.configs.remove(id, activeMerchant(actor));
  }

  @Post(':id/rotate-secret')
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
}
