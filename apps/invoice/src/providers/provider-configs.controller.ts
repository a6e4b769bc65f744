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
import { ManageProviderConfigs } from './manage-provider-configs';
import { IdParam } from './provider.dto';
import {
  CreateProviderConfigRequest,
  ProviderConfigPage,
  ProviderConfigView,
  UpdateProviderConfigRequest,
} from './provider-config.dto';

@ApiTags('invoice-provider-configs')
@ApiBearerAuth()
@ApiHeader({ name: 'x-merchant-id', required: false, description: 'Active merchant; needed with more than one.' })
@Controller('invoice-provider-configs')
export class ProviderConfigsController {
  constructor(private readonly settings: ManageProviderConfigs) {}

  @Get()
  @Policy(Permission.InvoiceProviderRead)
  @ApiOperation({ summary: "The merchant's series and policies" })
  @ApiOkResponse({ type: ProviderConfigPage })
  @ApiProblems('request.cursor_invalid')
  list(@Query() query: PageQuery, @CurrentActor() actor: Actor): Promise<ProviderConfigPage> {
    return this.settings.list(activeMerchant(actor).merchantId, query);
  }

  @Get(':id')
  @Policy(Permission.InvoiceProviderRead)
  @ApiOperation({ summary: 'One configuration' })
  @ApiOkResponse({ type: ProviderConfigView })
  @ApiProblems('invoice.provider_config.not_found')
  get(@Param() { id }: IdParam, @CurrentActor() actor: Actor): Promise<ProviderConfigView> {
    return this.settings.one(activeMerchant(actor).merchantId, id);
  }

  @Post()
  @Policy(Permission.InvoiceProviderCreate)
  @Once('invoice.provider-config.create')
  @ApiOperation({ summary: 'Describe a series: how and when its invoices are issued' })
  @ApiCreatedResponse({ type: ProviderConfigView })
  @ApiProblems('request.invalid', 'invoice.buyer.invalid')
  create(
    @Body() request: CreateProviderConfigRequest,
    @CurrentActor() actor: Actor,
    @OnceKey() key: OnceRequest | undefined,
  ): Promise<ProviderConfigView> {
    return this.settings.create(request, activeMerchant(actor), key);
  }

  @Patch(':id')
  @Policy(Permission.InvoiceProviderUpdate)
  @ApiOperation({ summary: 'Change some members; invoices that exist keep their copy' })
  @ApiOkResponse({ type: ProviderConfigView })
  @ApiProblems('invoice.provider_config.not_found', 'request.invalid', 'invoice.buyer.invalid')
  update(
    @Param() { id }: IdParam,
    @Body() request: UpdateProviderConfigRequest,
    @CurrentActor() actor: Actor,
  ): Promise<ProviderConfigView> {
    return this.settings.update(id, request, activeMerchant(actor));
  }

  @Delete(':id')
  @HttpCode(204)
  @Policy(Permission.InvoiceProviderDelete)
  @ApiOperation({ summary: 'Remove a configuration that no channel uses' })
  @ApiNoContentResponse()
  @ApiProblems('invoice.provider_config.not_found', 'invoice.provider_config.in_use')
  remove(@Param() { id }: IdParam, @CurrentActor() actor: Actor): Promise<void> {
    return this.settings.remove(id, activeMerchant(actor));
  }
}
