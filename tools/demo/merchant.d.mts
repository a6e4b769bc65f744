/* eslint-disable @typescript-eslint/no-explicit-any */
export interface DemoUrls {
  /** Root of the sandbox. */
  readonly sandbox: string;
  /** Base URLs of the services, base path included. */
  readonly payment: string;
  readonly invoice: string;
  readonly signal: string;
  /** Root of the signal that screens connect to. */
  readonly stream: string;
  /** Addresses under which the services and the sandbox know each other, where these differ. */
  readonly inside?: { readonly sandbox: string; readonly payment: string };
}

export interface DemoSecrets {
  readonly webhook: string;
  readonly qr: { readonly create: string; readonly check: string; readonly refund: string; readonly callback: string };
  readonly gateway: string;
  readonly invoiceClient: string;
}

export interface Person {
  readonly name: string;
  readonly userId: string;
  readonly token: string;
}

export interface Channel {
  readonly saleChannelId: string;
  readonly configId: string;
  readonly mappingId: string;
}

export interface Merchant {
  readonly merchantId: string;
  readonly organizerId: string;
  readonly staff: Readonly<Record<'owner' | 'cashier' | 'employee', Person>>;
  readonly personas: Readonly<Record<string, { userId: string; merchantId: string; organizerId: string }>>;
  readonly qr: { readonly merchantCode: string; readonly terminalId: string; readonly configurationId: string };
  readonly gateway: { readonly tmnCode: string; readonly configurationId: string };
  readonly webhook: { readonly id: string };
  readonly channels: { readonly counter: Channel; readonly receipt: Channel; readonly providerId: string };
}

export const MERCHANT_TAX: Readonly<
  Record<'taxCode' | 'fullName' | 'address' | 'taxMethod' | 'email' | 'phone', string>
>;
export function makeDemoSecrets(): DemoSecrets;
export function seedMerchant(
  urls: DemoUrls,
  secrets: DemoSecrets,
  options?: { log?: (line: string) => void; invoicing?: boolean },
): Promise<Merchant>;
export function taxDataKnown(urls: DemoUrls, merchant: Merchant, fits?: (taxInfo: any) => boolean): Promise<any>;
