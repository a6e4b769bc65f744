import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiCreatedResponse,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiProduces,
  ApiTags,
} from '@nestjs/swagger';
import { activeMerchant, CurrentActor, Policy, type Actor } from '@nx/authz';
import { Permission } from '@nx/contracts';
import { Answer, ApiProblems, Idempotent, Once, OnceKey, type OnceRequest } from '@nx/http';
import { IdParam } from '../providers/provider.dto';
import { CreateInvoice } from './create-invoice';
import { CancelInvoiceRequest, CreateInvoiceRequest, InvoiceQuery } from './invoice.dto';
import { AuditView, InvoiceDetailView, InvoicePage, invoiceView, InvoiceView } from './invoice.view';
import { ReadInvoices } from './read-invoices';
import { SteerInvoice } from './steer-invoice';

@ApiTags('invoices')
@ApiBearerAuth()
@ApiHeader({ name: 'x-merchant-id', required: false, description: 'Active merchant; needed with more than one.' })
@Controller('invoices')
export class InvoicesController {
  constructor(
    private readonly reading: ReadInvoices,
    private readonly creating: CreateInvoice,
    private readonly steering: SteerInvoice,
  ) {}

  @Get()
  @Policy(Permission.InvoiceRead)
  @ApiOperation({ summary: "The merchant's invoices, newest first" })
  @ApiOkResponse({ type: InvoicePage })
  @ApiProblems('request.cursor_invalid')
  list(@Query() query: InvoiceQuery, @CurrentActor() actor: Actor): Promise<InvoicePage> {
    return this.reading.list(activeMerchant(actor).merchantId, query);
  }

  @Get(':id')
  @Policy(Permission.InvoiceRead)
  @ApiOperation({ summary: 'One invoice with its lines and, while a buyer may claim it, the code of the receipt' })
  @ApiOkResponse({ type: InvoiceDetailView })
  @ApiProblems('invoice.invoice.not_found')
  get(@Param() { id }: IdParam, @CurrentActor() actor: Actor): Promise<InvoiceDetailView> {
    return this.reading.one(activeMerchant(actor).merchantId, id);
  }

  @Post()
  @Policy(Permission.InvoiceCreate)
  @Once('invoice.create')
  @ApiOperation({ summary: 'Make an invoice by hand; it waits for issue' })
  @ApiCreatedResponse({ type: InvoiceView })
  @ApiProblems(
    'invoice.invoice.exists',
    'invoice.invoice.totals',
    'invoice.provider_config.not_found',
    'invoice.buyer.invalid',
    'request.invalid',
  )
  async create(
    @Body() request: CreateInvoiceRequest,
    @CurrentActor() actor: Actor,
    @OnceKey() key: OnceRequest | undefined,
  ): Promise<InvoiceView> {
    return invoiceView(await this.creating.execute(request, activeMerchant(actor), key));
  }

  @Post(':id/issue')
  @HttpCode(200)
  @Policy(Permission.InvoiceExecute)
  @Once('invoice.issue')
  @ApiOperation({ summary: 'Issue a waiting invoice now; an open claim is closed' })
  @ApiOkResponse({ type: InvoiceView })
  @ApiProblems('invoice.invoice.not_found', 'invoice.invoice.state', 'invoice.invoice.issued')
  async issue(
    @Param() { id }: IdParam,
    @CurrentActor() actor: Actor,
    @OnceKey() key: OnceRequest | undefined,
  ): Promise<InvoiceView> {
    return invoiceView(await this.steering.issue(id, activeMerchant(actor), key));
  }

  @Post(':id/retry')
  @HttpCode(200)
  @Policy(Permission.InvoiceExecute)
  @Once('invoice.retry')
  @ApiOperation({ summary: 'Try a failed invoice again, or look an unknown one up now' })
  @ApiOkResponse({ type: InvoiceView })
  @ApiProblems('invoice.invoice.not_found', 'invoice.invoice.state', 'invoice.invoice.issued')
  async retry(
    @Param() { id }: IdParam,
    @CurrentActor() actor: Actor,
    @OnceKey() key: OnceRequest | undefined,
  ): Promise<InvoiceView> {
    return invoiceView(await this.steering.retry(id, activeMerchant(actor), key));
  }

  @Post(':id/cancel')
  @HttpCode(200)
  @Policy(Permission.InvoiceUpdate)
  @Idempotent('invoice.cancel')
  @ApiOperation({ summary: 'Give up an invoice that was not issued; its sale may have a new one' })
  @ApiOkResponse({ type: InvoiceView })
  @ApiProblems('invoice.invoice.not_found', 'invoice.invoice.state', 'invoice.invoice.issued', 'request.invalid')
  async cancel(
    @Param() { id }: IdParam,
    @Body() request: CancelInvoiceRequest,
    @CurrentActor() actor: Actor,
  ): Promise<InvoiceView> {
    return invoiceView(await this.steering.cancel(id, request.reason, activeMerchant(actor)));
  }

  @Get(':id/pdf')
  @Policy(Permission.InvoiceRead)
  @ApiOperation({ summary: "The provider's PDF of an issued invoice" })
  @ApiProduces('application/pdf')
  @ApiOkResponse({ content: { 'application/pdf': { schema: { type: 'string', format: 'binary' } } } })
  @ApiProblems('invoice.invoice.not_found', 'invoice.document.not_available', 'invoice.provider.unavailable')
  async pdf(@Param() { id }: IdParam, @CurrentActor() actor: Actor): Promise<Answer<Buffer>> {
    const bytes = await this.reading.pdf(activeMerchant(actor).merchantId, id);
    return new Answer(200, bytes, {
      'content-type': 'application/pdf',
      'content-disposition': `inline; filename="invoice-${id}.pdf"`,
    });
  }

  @Get(':id/audit')
  @Policy(Permission.InvoiceRead)
  @ApiOperation({ summary: 'What happened to an invoice, as a checked chain' })
  @ApiOkResponse({ type: AuditView })
  @ApiProblems('invoice.invoice.not_found')
  audit(@Param() { id }: IdParam, @CurrentActor() actor: Actor): Promise<AuditView> {
    return this.reading.audit(activeMerchant(actor).merchantId, id);
  }

  @Get(':id/print-data')
  @Policy(Permission.InvoiceRead)
  @ApiOperation({ summary: 'Everything that a receipt or an invoice on paper shows' })
  @ApiOkResponse({ schema: { type: 'object', additionalProperties: true, example: { amountInWords: 'Một đồng' } } })
  @ApiProblems('invoice.invoice.not_found')
  printData(@Param() { id }: IdParam, @CurrentActor() actor: Actor): Promise<object> {
    return this.reading.printData(activeMerchant(actor).merchantId, id);
  }
}
