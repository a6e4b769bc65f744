import { Controller, Get, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Public } from '@nx/authz';
import type { HttpReply, HttpRequest } from '@nx/http';
import { queryOf } from './query-of';
import { ReceiveReturn } from './receive-return';
import { returnPage } from './return-page';

/** Where a buyer's browser arrives from a pay page. It reads our own record, so the edge of the callbacks lacks it. */
@ApiTags('provider callbacks')
@Controller('vnpay')
export class ReturnController {
  constructor(private readonly returning: ReceiveReturn) {}

  @Get('gateway/return')
  @Public('shows our own record to the buyer; what the browser brings proves nothing')
  @ApiOperation({ summary: 'The buyer comes back from the pay page' })
  async gatewayReturn(@Req() request: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    const view = await this.returning.execute(queryOf(request));
    const html = reply.status(view.state === 'INVALID' ? 400 : 200).header('content-type', 'text/html; charset=utf-8');
    await html.header('cache-control', 'no-store').send(returnPage(view));
  }
}
