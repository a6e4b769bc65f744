import { Controller, Get, Param } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { activeMerchant, CurrentActor, Policy, type Actor } from '@nx/authz';
import { AppError, Permission } from '@nx/contracts';
import { ApiProblems } from '@nx/http';
import { IdParam } from '../providers/provider.dto';
import { LookUpTaxCode } from './look-up-tax-code';
import { TaxCodeParam, TaxCodeView, TaxInfoView } from './tax-info.dto';
import { TaxInfoRepository } from './tax-info.repository';

@ApiTags('tax-info')
@ApiBearerAuth()
@ApiHeader({ name: 'x-merchant-id', required: false, description: 'Active merchant; needed with more than one.' })
@Controller('tax-info')
export class TaxInfoController {
  constructor(
    private readonly taxInfo: TaxInfoRepository,
    private readonly lookUp: LookUpTaxCode,
  ) {}

  @Get('merchants/:id')
  @Policy(Permission.TaxInfoRead)
  @ApiOperation({ summary: 'What is known about the taxes of the active merchant, with what was kept aside' })
  @ApiOkResponse({ type: TaxInfoView })
  @ApiProblems('invoice.tax_info.not_found')
  async ofMerchant(@Param() { id }: IdParam, @CurrentActor() actor: Actor): Promise<TaxInfoView> {
    const info = id === activeMerchant(actor).merchantId ? await this.taxInfo.ofMerchant(id) : undefined;
    if (info === undefined) {
      throw new AppError({ code: 'invoice.tax_info.not_found', detail: 'Commerce has sent no data of this merchant.' });
    }
    const { merchantId, organizerId, taxCode, fullName, address, provinceCode, wardCode, taxMethod } = info;
    const { businessType, email, phone } = info;
    const place = { address, provinceCode, wardCode };
    const findings = info.findings.map((finding) => ({ ...finding }));
    const sourceTs = info.sourceTs?.toISOString() ?? null;
    return {
      merchantId,
      organizerId,
      taxCode,
      fullName,
      ...place,
      taxMethod,
      businessType,
      email,
      phone,
      sourceTs,
      findings,
    };
  }

  @Get(':taxCode')
  @Policy(Permission.TaxInfoRead)
  @ApiOperation({ summary: 'Check a tax code and, where a register is configured, find its name: a hint only' })
  @ApiOkResponse({ type: TaxCodeView })
  @ApiProblems('invoice.tax_code.invalid', 'invoice.tax_info.not_found', 'request.invalid')
  find(@Param() { taxCode }: TaxCodeParam): Promise<TaxCodeView> {
    return this.lookUp.execute(taxCode);
  }
}
