import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { activeMerchant, CurrentActor, Policy, type Actor } from '@nx/authz';
import { Permission } from '@nx/contracts';
import { ApiProblems, Once, OnceKey, type OnceRequest } from '@nx/http';
import { IsString, Length, Matches } from 'class-validator';
import { invoiceView, InvoiceView } from '../invoices/invoice.view';
import { IdParam } from '../providers/provider.dto';
import { FailOver } from './fail-over';

export class FailOverRequest {
  @ApiProperty({
    maxLength: 64,
    description: "Another provider's, in another registered series.",
    example: 'IQBapalCzY',
  })
  @Matches(/^[A-Za-z0-9_-]{1,64}$/, { message: 'is no id' })
  invoiceProviderConfigId!: string;

  @ApiProperty({ minLength: 3, maxLength: 500, example: 'The provider is away and the deadline is near.' })
  @IsString()
  @Length(3, 500)
  reason!: string;
}

@ApiTags('invoices')
@ApiBearerAuth()
@ApiHeader({ name: 'x-merchant-id', required: false, description: 'Active merchant; needed with more than one.' })
@Controller('invoices')
export class FailoverController {
  constructor(private readonly handing: FailOver) {}

  @Post(':id/failover')
  @HttpCode(200)
  @Policy(Permission.InvoiceUpdate)
  @Once('invoice.failover')
  @ApiOperation({ summary: 'Hand an invoice of which nothing was issued to another provider, in another series' })
  @ApiOkResponse({ type: InvoiceView })
  @ApiProblems(
    'invoice.invoice.not_found',
    'invoice.provider_config.not_found',
    'invoice.failover.not_proven',
    'request.invalid',
  )
  async failOver(
    @Param() { id }: IdParam,
    @Body() request: FailOverRequest,
    @CurrentActor() actor: Actor,
    @OnceKey() key: OnceRequest | undefined,
  ): Promise<InvoiceView> {
    return invoiceView(await this.handing.execute(id, request, activeMerchant(actor), key));
  }
}
