import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Public } from '@nx/authz';
import { ApiProblems, ClaimRate } from '@nx/http';
import { BuyerRequest } from '../providers/buyer.dto';
import { ClaimedView, ClaimPageView, TokenParam } from './claim.dto';
import { ClaimInvoice } from './claim-invoice';
import { ReadClaim } from './read-claim';

const WHY = "the buyer's page of a receipt: the token in the path is the proof";

@ApiTags('claims')
@Controller('claims')
export class ClaimsController {
  constructor(
    private readonly reading: ReadClaim,
    private readonly claiming: ClaimInvoice,
  ) {}

  @Get(':token')
  @Public(WHY)
  @ClaimRate()
  @ApiOperation({ summary: 'The sale of a receipt, masked, while it can be claimed' })
  @ApiOkResponse({ type: ClaimPageView })
  @ApiProblems('invoice.claim.not_available', 'request.rate_limited')
  read(@Param() { token }: TokenParam): Promise<ClaimPageView> {
    return this.reading.execute(token);
  }

  @Post(':token')
  @HttpCode(200)
  @Public(WHY)
  @ClaimRate()
  @ApiOperation({ summary: 'The buyer names himself; the same body within 15 minutes is answered the same' })
  @ApiOkResponse({ type: ClaimedView })
  @ApiProblems('invoice.claim.not_available', 'invoice.buyer.invalid', 'request.invalid', 'request.rate_limited')
  async claim(@Param() { token }: TokenParam, @Body() buyer: BuyerRequest): Promise<ClaimedView> {
    const { claimedAt } = await this.claiming.execute(token, { ...buyer });
    return { state: 'CLAIMED', claimedAt: claimedAt?.toISOString() ?? null };
  }
}
