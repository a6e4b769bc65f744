import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiCreatedResponse, ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { activeMerchant, CurrentActor, Policy, type Actor } from '@nx/authz';
import { Permission } from '@nx/contracts';
import { ApiProblems, Once, OnceKey, type OnceRequest } from '@nx/http';
import { IdParam } from '../providers/provider.dto';
import { CreateRequestRequest, RequestPage, RequestQuery, RequestView, TokenParam } from './claim.dto';
import { ManageRequests } from './manage-requests';

@ApiTags('invoice-requests')
@ApiBearerAuth()
@ApiHeader({ name: 'x-merchant-id', required: false, description: 'Active merchant; needed with more than one.' })
@Controller('invoice-requests')
export class InvoiceRequestsController {
  constructor(private readonly requests: ManageRequests) {}

  @Get()
  @Policy(Permission.InvoiceRead)
  @ApiOperation({ summary: "Who shall stand on the merchant's invoices, newest first" })
  @ApiOkResponse({ type: RequestPage })
  @ApiProblems('request.cursor_invalid')
  list(@Query() query: RequestQuery, @CurrentActor() actor: Actor): Promise<RequestPage> {
    return this.requests.list(activeMerchant(actor).merchantId, query);
  }

  @Get('by-token/:token')
  @Policy(Permission.InvoiceRead)
  @ApiOperation({ summary: 'What a code that a buyer shows is worth' })
  @ApiOkResponse({ type: RequestView })
  @ApiProblems('invoice.request.not_found', 'invoice.claim.used', 'invoice.claim.expired', 'invoice.claim.not_pending')
  byToken(@Param() { token }: TokenParam, @CurrentActor() actor: Actor): Promise<RequestView> {
    return this.requests.byToken(activeMerchant(actor).merchantId, token);
  }

  @Get(':id')
  @Policy(Permission.InvoiceRead)
  @ApiOperation({ summary: 'One request; while its claim is open with the code of the receipt' })
  @ApiOkResponse({ type: RequestView })
  @ApiProblems('invoice.request.not_found')
  get(@Param() { id }: IdParam, @CurrentActor() actor: Actor): Promise<RequestView> {
    return this.requests.one(activeMerchant(actor).merchantId, id);
  }

  @Post()
  @Policy(Permission.InvoiceCreate)
  @Once('invoice.request.create')
  @ApiOperation({ summary: 'Name the buyer of a sale, before or after its payment' })
  @ApiCreatedResponse({ type: RequestView })
  @ApiProblems(
    'invoice.buyer.invalid',
    'invoice.invoice.exists',
    'invoice.claim.used',
    'invoice.claim.expired',
    'invoice.claim.not_pending',
    'request.invalid',
  )
  create(
    @Body() request: CreateRequestRequest,
    @CurrentActor() actor: Actor,
    @OnceKey() key: OnceRequest | undefined,
  ): Promise<RequestView> {
    return this.requests.create(request, activeMerchant(actor), key);
  }

  @Post(':id/reissue')
  @HttpCode(200)
  @Policy(Permission.InvoiceUpdate)
  @ApiOperation({ summary: 'A new code for the receipt; the old one is worthless' })
  @ApiOkResponse({ type: RequestView })
  @ApiProblems('invoice.request.not_found', 'invoice.claim.used', 'invoice.claim.expired', 'invoice.claim.not_pending')
  reissue(@Param() { id }: IdParam, @CurrentActor() actor: Actor): Promise<RequestView> {
    return this.requests.reissue(id, activeMerchant(actor));
  }
}
