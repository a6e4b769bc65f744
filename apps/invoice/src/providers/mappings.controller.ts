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
import { ManageMappings } from './manage-mappings';
import { IdParam } from './provider.dto';
import { CreateMappingRequest, MappingPage, MappingView, UpdateMappingRequest } from './provider-config.dto';

@ApiTags('invoice-config-mappings')
@ApiBearerAuth()
@ApiHeader({ name: 'x-merchant-id', required: false, description: 'Active merchant; needed with more than one.' })
@Controller('invoice-config-mappings')
export class MappingsController {
  constructor(private readonly settings: ManageMappings) {}

  @Get()
  @Policy(Permission.InvoiceProviderRead)
  @ApiOperation({ summary: 'Which sale channel uses which configuration' })
  @ApiOkResponse({ type: MappingPage })
  @ApiProblems('request.cursor_invalid')
  list(@Query() query: PageQuery, @CurrentActor() actor: Actor): Promise<MappingPage> {
    return this.settings.list(activeMerchant(actor).merchantId, query);
  }

  @Get(':id')
  @Policy(Permission.InvoiceProviderRead)
  @ApiOperation({ summary: 'One mapping' })
  @ApiOkResponse({ type: MappingView })
  @ApiProblems('request.not_found')
  get(@Param() { id }: IdParam, @CurrentActor() actor: Actor): Promise<MappingView> {
    return this.settings.one(activeMerchant(actor).merchantId, id);
  }

  @Post()
  @Policy(Permission.InvoiceProviderCreate)
  @Once('invoice.mapping.create')
  @ApiOperation({ summary: 'Map a sale channel' })
  @ApiCreatedResponse({ type: MappingView })
  @ApiProblems('request.invalid', 'invoice.mapping.exists')
  create(
    @Body() request: CreateMappingRequest,
    @CurrentActor() actor: Actor,
    @OnceKey() key: OnceRequest | undefined,
  ): Promise<MappingView> {
    return this.settings.create(request, activeMerchant(actor), key);
  }

  @Patch(':id')
  @Policy(Permission.InvoiceProviderUpdate)
  @ApiOperation({ summary: 'Change a mapping' })
  @ApiOkResponse({ type: MappingView })
  @ApiProblems('request.not_found', 'request.invalid', 'invoice.mapping.exists')
  update(
    @Param() { id }: IdParam,
    @Body() request: UpdateMappingRequest,
    @CurrentActor() actor: Actor,
  ): Promise<MappingView> {
    return this.settings.update(id, request, activeMerchant(actor));
  }

  @Delete(':id')
  @HttpCode(204)
  @Policy(Permission.InvoiceProviderDelete)
  @ApiOperation({ summary: 'Take a channel out: its sales are not invoiced any more' })
  @ApiNoContentResponse()
  @ApiProblems('request.not_found')
  remove(@Param() { id }: IdParam, @CurrentActor() actor: Actor): Promise<void> {
    return this.settings.remove(id, activeMerchant(actor));
  }
}
