import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { activeMerchant, CurrentActor, Policy, type Actor } from '@nx/authz';
import { Permission } from '@nx/contracts';
import { ApiProblems, Once, OnceKey, type OnceRequest } from '@nx/http';
import { invoiceView, InvoiceView } from '../invoices/invoice.view';
import { IdParam } from '../providers/provider.dto';
import { AdjustInvoice } from './adjust-invoice';
import { AdjustInvoiceRequest, ErrorNoticeRequest, ReplaceInvoiceRequest } from './correction.dto';
import { NoticeError } from './notice-error';
import { ReplaceInvoice } from './replace-invoice';

@ApiTags('invoices')
@ApiBearerAuth()
@ApiHeader({ name: 'x-merchant-id', required: false, description: 'Active merchant; needed with more than one.' })
@Controller('invoices')
export class CorrectionsController {
  constructor(
    private readonly adjusting: AdjustInvoice,
    private readonly replacing: ReplaceInvoice,
    private readonly noticing: NoticeError,
  ) {}

  @Post(':id/adjust')
  @HttpCode(200)
  @Policy(Permission.InvoiceUpdate)
  @Once('invoice.adjust')
  @ApiOperation({ summary: 'Take back a part of an issued invoice, or change its prices, by an adjustment' })
  @ApiOkResponse({ type: InvoiceView })
  @ApiProblems(
    'invoice.invoice.not_found',
    'invoice.correction.state',
    'invoice.correction.method',
    'invoice.correction.lines',
    'invoice.correction.reference_used',
    'invoice.correction.configuration',
    'invoice.correction.seller',
    'invoice.correction.not_supported',
    'request.invalid',
  )
  async adjust(
    @Param() { id }: IdParam,
    @Body() request: AdjustInvoiceRequest,
    @CurrentActor() actor: Actor,
    @OnceKey() key: OnceRequest | undefined,
  ): Promise<InvoiceView> {
    return invoiceView(await this.adjusting.execute(id, request, activeMerchant(actor), key));
  }

  @Post(':id/replace')
  @HttpCode(200)
  @Policy(Permission.InvoiceUpdate)
  @Once('invoice.replace')
  @ApiOperation({ summary: 'Replace a wrong invoice by a whole new one' })
  @ApiOkResponse({ type: InvoiceView })
  @ApiProblems(
    'invoice.invoice.not_found',
    'invoice.invoice.totals',
    'invoice.buyer.invalid',
    'invoice.correction.state',
    'invoice.correction.method',
    'invoice.correction.buyer',
    'invoice.correction.configuration',
    'invoice.correction.seller',
    'invoice.correction.not_supported',
    'request.invalid',
  )
  async replace(
    @Param() { id }: IdParam,
    @Body() request: ReplaceInvoiceRequest,
    @CurrentActor() actor: Actor,
    @OnceKey() key: OnceRequest | undefined,
  ): Promise<InvoiceView> {
    return invoiceView(await this.replacing.execute(id, request, activeMerchant(actor), key));
  }

  @Post(':id/error-notice')
  @HttpCode(200)
  @Policy(Permission.InvoiceUpdate)
  @ApiOperation({ summary: 'Tell the tax authority of an error that changes no money (form 04/SS-HĐĐT)' })
  @ApiOkResponse({ type: InvoiceView, description: 'No provider of this release has a public call for it: 501.' })
  @ApiProblems(
    'invoice.invoice.not_found',
    'invoice.correction.state',
    'invoice.correction.method',
    'invoice.correction.not_supported',
    'request.invalid',
  )
  notice(
    @Param() { id }: IdParam,
    @Body() request: ErrorNoticeRequest,
    @CurrentActor() actor: Actor,
  ): Promise<InvoiceView> {
    return this.noticing.execute(id, request, activeMerchant(actor));
  }
}
