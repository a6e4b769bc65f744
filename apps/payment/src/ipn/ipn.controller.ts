import { Controller, Get, HttpCode, Post, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Public } from '@nx/authz';
import { AppError } from '@nx/contracts';
import { ApiProblems, ProviderCallback, RawBody, type HttpReply, type HttpRequest } from '@nx/http';
import type { ProviderCode, RawCallback } from '@nx/mq-pay';
import { ReceiveIpn } from './receive-ipn';
import { queryOf } from './query-of';

const NO_BODY = Buffer.alloc(0);

/** Callbacks of providers. Each proves itself by its signature and gets the answer of its own protocol. */
@ApiTags('provider callbacks')
@Controller('vnpay')
export class IpnController {
  constructor(private readonly receive: ReceiveIpn) {}

  @Post('qr-mms/ipn')
  @HttpCode(200)
  @Public('proven by the checksum of the provider')
  @ProviderCallback()
  @ApiOperation({ summary: 'VNPAY-QR MMS tells of a payment' })
  qrMms(@RawBody() body: Buffer, @Req() request: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    return this.answer('VNPAY_QR_MMS', body, request, reply);
  }

  @Post('phone-pos/ipn')
  @HttpCode(200)
  @Public('proven by the checksum of the provider')
  @ProviderCallback()
  @ApiOperation({ summary: 'VNPAY phone POS tells of a payment' })
  phonePos(@RawBody() body: Buffer, @Req() request: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    return this.answer('VNPAY_PHONE_POS', body, request, reply);
  }

  @Get('gateway/ipn')
  @Public('proven by the hash of the provider')
  @ProviderCallback()
  @ApiOperation({ summary: 'The VNPAY gateway tells of a payment' })
  gateway(@Req() request: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    return this.answer('VNPAY_GATEWAY', NO_BODY, request, reply);
  }

  @Post('gateway/ipn')
  @HttpCode(200)
  @Public('proven by the hash of the provider')
  @ProviderCallback()
  @ApiOperation({ summary: 'The VNPAY gateway tells of a payment, as a form' })
  gatewayForm(@RawBody() body: Buffer, @Req() request: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    return this.answer('VNPAY_GATEWAY', body, request, reply);
  }

  @Post('smart-pos/ipn')
  @Public('answers only that the protocol is not known')
  @ProviderCallback()
  @ApiOperation({ summary: 'Not implemented: the protocol is not public' })
  @ApiProblems('payment.ipn.not_implemented')
  smartPos(): never {
    throw new AppError({
      code: 'payment.ipn.not_implemented',
      detail: 'The protocol of this device is not known yet.',
    });
  }

  private async answer(code: ProviderCode, body: Buffer, request: HttpRequest, reply: HttpReply): Promise<void> {
    const raw: RawCallback = {
      body: body.toString('utf8'),
      query: queryOf(request),
      headers: Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [
          name,
          Array.isArray(value) ? value.join(', ') : (value ?? ''),
        ]),
      ),
    };
    const answer = await this.receive.execute(code, raw, request.ip);
    await reply.status(answer.status).header('content-type', answer.contentType).send(answer.body);
  }
}
