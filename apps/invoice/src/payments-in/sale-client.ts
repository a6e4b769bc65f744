import { Injectable } from '@nestjs/common';
import type { SaleOrder } from '@nx/contracts';
import { OutboundClient, OutboundNetworkError, OutboundTimeoutError } from '@nx/http';
import { parseLossless, RecordError, SiblingUnavailableError } from '@nx/messaging';
import { InvoiceConfig } from '../invoice.config';

/** Asks sale for an order, for records of the older shape. */
@Injectable()
export class SaleClient {
  constructor(
    private readonly client: OutboundClient,
    private readonly config: InvoiceConfig,
  ) {}

  /**
   * The order as sale has it now. Throws SiblingUnavailableError while sale is away, refuses our token or is not
   * configured (the record waits), and a RecordError when it does not know the order.
   */
  async order(orderId: string): Promise<SaleOrder> {
    const { saleUrl, serviceToken, saleTimeoutMs } = this.config.neighbours;
    if (saleUrl === undefined) throw new SiblingUnavailableError('sale', { message: 'APP_ENV_SALE_URL is not set' });
    const url = `${saleUrl.replace(/\/+$/, '')}/v1/api/sale/orders/${encodeURIComponent(orderId)}`;
    const authorization = serviceToken === undefined ? {} : { authorization: `Bearer ${serviceToken}` };
    let response;
    try {
      response = await this.client.request(
        { method: 'GET', url, headers: { accept: 'application/json', ...authorization } },
        { name: 'sale', timeoutMs: saleTimeoutMs },
      );
    } catch (error) {
      if (error instanceof OutboundTimeoutError || error instanceof OutboundNetworkError) {
        throw new SiblingUnavailableError('sale', { cause: error });
      }
      throw error;
    }
    if (response.status === 404) throw new RecordError(`sale does not know the order ${orderId}`);
    if (response.status !== 200) {
      throw new SiblingUnavailableError('sale', { message: `sale answered ${response.status}` });
    }
    try {
      return parseLossless(response.body.toString('utf8')) as SaleOrder;
    } catch (error) {
      throw new SiblingUnavailableError('sale', { message: 'sale answered what is not JSON', cause: error });
    }
  }
}
