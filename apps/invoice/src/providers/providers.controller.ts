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
import { ManageProviders } from './manage-providers';
import {
  CreateProviderRequest,
  IdParam,
  ProviderPage,
  ProviderTestAnswer,
  ProviderView,
  UpdateProviderRequest,
} from './provider.dto';

@ApiTags('invoice-providers')
@ApiBearerAuth()
@ApiHeader({ name: 'x-merchant-id', required: false, description: 'Active merchant; needed with more than one.' })
@Controller('invoice-providers')
export class ProvidersController {
  constructor(private readonly providers: ManageProviders) {}

  @Get()
  @Policy(Permission.InvoiceProviderRead)
  @ApiOperation({ summary: "The merchant's accounts at invoice providers" })
  @ApiOkResponse({ type: ProviderPage })
  @ApiProblems('request.cursor_invalid')
  list(@Query() query: PageQuery, @CurrentActor() actor: Actor): Promise<ProviderPage> {
    return this.providers.list(activeMerchant(actor).merchantId, query);
  }

  @Get(':id')
  @Policy(Permission.InvoiceProviderRead)
  @ApiOperation({ summary: 'One account, without its credentials' })
  @ApiOkResponse({ type: ProviderView })
  @ApiProblems('invoice.provider.not_found')
  get(@Param() { id }: IdParam, @CurrentActor() actor: Actor): Promise<ProviderView> {
    return this.providers.one(activeMerchant(actor).merchantId, id);
  }

  @Post()
  @Policy(Permission.InvoiceProviderCreate)
  @Once('invoice.provider.create')
  @ApiOperation({ summary: 'Connect the merchant to an invoice provider' })
  @ApiCreatedResponse({ type: ProviderView })
  @ApiProblems(
    'invoice.provider.exists',
    'invoice.provider.unknown',
    'invoice.provider.seller_numbers',
    'invoice.tax_code.invalid',
    'request.invalid',
  )
  create(
    @Body() request: CreateProviderRequest,
    @CurrentActor() actor: Actor,
    @OnceKey() key: OnceRequest | undefined,
  ): Promise<ProviderView> {
    return this.providers.create(request, activeMerchant(actor), key);
  }

  @Patch(':id')
  @Policy(Permission.InvoiceProviderUpdate)
  @ApiOperation({ summary: 'Change some members, or both credentials' })
  @ApiOkResponse({ type: ProviderView })
  @ApiProblems(
    'invoice.provider.not_found',
    'invoice.provider.exists',
    'invoice.provider.unknown',
    'invoice.provider.seller_numbers',
    'request.invalid',
  )
  update(
    @Param() { id }: IdParam,
    @Body() request: UpdateProviderRequest,
    @CurrentActor() actor: Actor,
  ): Promise<ProviderView> {
    return this.providers.update(id, request, activeMerchant(actor));
  }

  @Delete(':id')
  @HttpCode(204)
  @Policy(Permission.InvoiceProviderDelete)
  @ApiOperation({ summary: 'Disconnect; invoices on their way are still issued' })
  @ApiNoContentResponse()
  @ApiProblems('invoice.provider.not_found', 'invoice.provider_config.in_use')
  remove(@Param() { id }: IdParam, @CurrentActor() actor: Actor): Promise<void> {
    return this.providers.remove(id, activeMerchant(actor));
  }

  @Post(':id/test')
  @HttpCode(200)
  @Policy(Permission.InvoiceProviderExecute)
  @ApiOperation({ summary: 'A harmless call to the provider over this account' })
  @ApiOkResponse({ type: ProviderTestAnswer })
  @ApiProblems('invoice.provider.not_found')
  test(@Param() { id }: IdParam, @CurrentActor() actor: Actor): Promise<ProviderTestAnswer> {
    return this.providers.test(activeMerchant(actor).merchantId, id);
  }
}
