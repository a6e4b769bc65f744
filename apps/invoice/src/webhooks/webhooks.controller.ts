import { Controller, HttpCode, Post, Req } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { Public } from '@nx/authz';
import { ApiProblems, RawBody, Route, singleHeader, type HttpRequest } from '@nx/http';
import { ReceiveWebhook } from './receive-webhook';

class WebhookAnswer {
  @ApiProperty({ enum: ['applied', 'waiting', 'stored'], example: 'applied' })
  outcome!: string;
}

class WebhookNotice {
  @ApiProperty({ maxLength: 128, example: 'evt-20261120-0001' })
  id!: string;
  @ApiProperty({ maxLength: 128, example: 'invoice.coded' })
  type!: string;
  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    example: { providerKey: 'IQBapalCzY', cqtCode: 'M1-26-…' },
  })
  data!: Record<string, unknown>;
}

@ApiTags('webhooks')
@Controller('webhooks')
export class WebhooksController {
  constructor(private readonly receiving: ReceiveWebhook) {}

  @Post()
  @HttpCode(200)
  @Public('signed: HMAC-SHA-256 over timestamp and body')
  @Route({ bodyLimitBytes: 64 * 1024, unparsed: true })
  @ApiOperation({ summary: "Notices of the merchant's systems, of providers and of commerce" })
  @ApiHeader({ name: 'X-Webhook-Source', required: true, schema: { enum: ['merchant', 'internal'] } })
  @ApiHeader({ name: 'X-Webhook-Timestamp', required: true, description: 'Seconds or milliseconds since 1970.' })
  @ApiHeader({ name: 'X-Webhook-Signature', required: true, description: 'Hex HMAC-SHA-256 of `<timestamp>.<body>`.' })
  @ApiBody({ type: WebhookNotice })
  @ApiOkResponse({ type: WebhookAnswer })
  @ApiProblems('invoice.webhook.signature', 'invoice.webhook.replayed', 'request.invalid', 'request.malformed')
  receive(@RawBody() body: Buffer, @Req() request: HttpRequest): Promise<WebhookAnswer> {
    return this.receiving.execute(body, {
      source: singleHeader(request, 'x-webhook-source'),
      timestamp: singleHeader(request, 'x-webhook-timestamp'),
      signature: singleHeader(request, 'x-webhook-signature'),
    });
  }
}
