import { randomBytes } from 'node:crypto';
import { derivedBytes } from '../shared/random';
import { Reader } from '../shared/reader';
import type { Table, TruthRecord } from '../shared/record';
import type { InvoiceClient, InvoiceKind, IssuedInvoice, Refusal, TaxMethod } from './model';
import { smallPdf } from './pdf';
import { isMembers, requestRefusal } from './validate-request';

interface VendorRule {
  invoiceRefusesUnknownMembers: boolean;
  invoiceTokenLifetimeMs: number;
}

type Members = Readonly<Record<string, unknown>>;

/** The largest number of a series: eight digits. */
const LAST_NUMBER = 99_999_999;

function keyOf(taxCode: unknown, invoiceDate: unknown, requestId: unknown): string {
  return JSON.stringify([taxCode, invoiceDate, requestId].map((part) => String(part ?? '')));
}

/** VNPAY's e-invoice service: clients and tokens, books per seller and series, numbers without gaps. */
export class InvoiceVendor {
  private readonly clients: Table<InvoiceClient>;
  private readonly books: Table<IssuedInvoice>;
  private readonly bySeries = new Map<string, IssuedInvoice[]>();
  /** Tokens are forgotten at a restart, as sessions are. */
  private readonly tokens = new Map<string, { clientId: string; expiresAt: number }>();

  constructor(
    truth: TruthRecord,
    private readonly rule: VendorRule,
  ) {
    this.clients = truth.table<InvoiceClient>('e-invoice.clients');
    this.books = truth.table<IssuedInvoice>('e-invoice.invoices');
    for (const invoice of this.books.all()) this.file(invoice);
  }

  register(body: unknown): InvoiceClient {
    const read = new Reader(body);
    const client: InvoiceClient = {
      clientId: read.text('clientId'),
      clientSecret: read.text('clientSecret'),
      taxCode: read.text('taxCode'),
      symbols: read.optionalTexts('symbols'),
      merchantId: read.optionalText('merchantId'),
    };
    return this.clients.put(client.clientId, client);
  }

  allClients(): InvoiceClient[] {
    return this.clients.all();
  }

  all(): IssuedInvoice[] {
    return this.books.all();
  }

  /** A token, or undefined when client and secret do not match. */
  token(body: unknown): string | undefined {
    const given = isMembers(body) ? body : {};
    const client = this.clients.get(String(given['clientId'] ?? ''));
    if (client === undefined || client.clientSecret !== given['clientSecret']) return undefined;
    const token = randomBytes(32).toString('base64url');
    this.tokens.set(token, { clientId: client.clientId, expiresAt: Date.now() + this.rule.invoiceTokenLifetimeMs });
    return token;
  }

  /** The client behind a request, or undefined = 401. */
  authenticate(authorization: string | undefined): InvoiceClient | undefined {
    const token = /^Bearer (\S+)$/.exec(authorization ?? '')?.[1] ?? '';
    const session = this.tokens.get(token);
    if (session === undefined || session.expiresAt <= Date.now()) return undefined;
    return this.clients.get(session.clientId);
  }

  /** Makes all tokens worthless at once. */
  forgetTokens(): number {
    const count = this.tokens.size;
    this.tokens.clear();
    return count;
  }

  /** Issues, or says why not. One step without a pause, so that parallel requests cannot double a number. */
  issue(
    client: InvoiceClient,
    method: TaxMethod,
    kind: InvoiceKind,
    body: unknown,
    later: { readonly visibleAfterMs: number; readonly codedAfterMs: number },
  ): IssuedInvoice | Refusal {
    const now = Date.now();
    const refusal = requestRefusal(body, method, kind, this.rule.invoiceRefusesUnknownMembers, now);
    if (refusal !== undefined) return refusal;
    const request = body as { taxCode: string; autoRelease: boolean; autoSendCQT: boolean; invoice: Members };
    const { invoice } = request;
    const text = (name: string): string => (typeof invoice[name] === 'string' ? invoice[name] : '');
    if (request.taxCode !== client.taxCode)
      return { code: 'TAX_CODE_NOT_ALLOWED', message: 'this client serves another tax code' };
    const symbol = text('invoiceSymbol');
    if (client.symbols !== undefined && !client.symbols.includes(symbol)) {
      return { code: 'SYMBOL_NOT_REGISTERED', message: `series ${symbol} is not registered` };
    }
    const date = text('invoiceCreatedDate');
    const key = keyOf(request.taxCode, date, text('requestId'));
    if (this.books.get(key) !== undefined)
      return { code: 'DUPLICATE_REQUEST_ID', message: 'requestId was used on this day' };
    const series = this.series(request.taxCode, method, symbol);
    // Dates never fall within a series, so the last one is the newest.
    const newest = series.at(-1)?.invoiceDate ?? '';
    if (date < newest)
      return { code: 'INVOICE_DATE_TOO_OLD', message: `the series has an invoice of ${newest} already` };
    const original = kind === 'original' ? undefined : this.original(request.taxCode, method, invoice);
    if (kind !== 'original' && original === undefined)
      return { code: 'ORIGINAL_NOT_FOUND', message: 'no such original invoice' };
    if (original !== undefined && this.isReplaced(request.taxCode, method, original))
      return { code: 'ORIGINAL_REPLACED', message: 'the original was replaced; name its replacement' };
    if (series.length >= LAST_NUMBER) return { code: 'SERIES_EXHAUSTED', message: 'the series has no number left' };
    const number = request.autoRelease ? series.length + 1 : null;
    const total = invoice['totalAmountAfterTax'] ?? invoice['totalAmount'];
    const issued: IssuedInvoice = {
      taxCode: request.taxCode,
      requestId: text('requestId'),
      invoiceDate: date,
      method,
      kind,
      symbol,
      number,
      lookupCode: derivedBytes('lookup', key).toString('hex').slice(0, 12).toUpperCase(),
      taxAuthorityCode:
        number === null ? null : this.authorityCode(request.taxCode, symbol, method, number, request.autoSendCQT),
      total: Number(total),
      totalTax: Number(invoice['totalTaxAmount'] ?? 0),
      original,
      buyer: Object.fromEntries(
        ['buyerTaxCode', 'buyerName', 'buyerFullName', 'buyerAddress', 'buyerEmail'].map((name) => [name, text(name)]),
      ),
      body: request,
      issuedAt: now,
      visibleFrom: now + later.visibleAfterMs,
      codedFrom: now + later.codedAfterMs,
    };
    this.file(issued);
    return this.books.put(key, issued);
  }

  /** By the vendor's key. The date belongs to it: another day finds nothing. */
  find(client: InvoiceClient, query: Members): IssuedInvoice | undefined {
    if (query['taxCode'] !== client.taxCode) return undefined;
    const found = this.books.get(keyOf(query['taxCode'], query['invoiceDate'], query['requestId']));
    return found === undefined || found.visibleFrom > Date.now() ? undefined : found;
  }

  pdf(invoice: IssuedInvoice): string {
    const form = invoice.method === 'vat' ? '1' : '2';
    return smallPdf([
      invoice.method === 'vat' ? 'HOA DON GIA TRI GIA TANG' : 'HOA DON BAN HANG',
      `Ky hieu: ${form}${invoice.symbol}   So: ${invoice.number ?? '(nhap)'}   Ngay: ${invoice.invoiceDate}`,
      `Ma so thue: ${invoice.taxCode}`,
      `Nguoi mua: ${invoice.buyer['buyerFullName'] || (invoice.buyer['buyerName'] ?? '')}`,
      `Tong tien: ${invoice.total} VND`,
      `Ma tra cuu: ${invoice.lookupCode}`,
    ]).toString('base64');
  }

  /** The released invoices of one series, in the order of their numbers. */
  private series(taxCode: string, method: TaxMethod, symbol: string): IssuedInvoice[] {
    return this.bySeries.get(`${taxCode}/${method}/${symbol}`) ?? [];
  }

  private file(invoice: IssuedInvoice): void {
    if (invoice.number === null) return;
    const name = `${invoice.taxCode}/${invoice.method}/${invoice.symbol}`;
    const series = this.bySeries.get(name) ?? [];
    series.push(invoice);
    this.bySeries.set(name, series);
  }

  private original(taxCode: string, method: TaxMethod, invoice: Members): IssuedInvoice['original'] {
    const form = method === 'vat' ? '1' : '2';
    const symbol = String(invoice['originalInvoiceSymbol']).replace(new RegExp(`^${form}`), '');
    const number = String(invoice['originalInvoiceNumber']);
    const date = String(invoice['originalInvoiceDate']);
    const found = this.series(taxCode, method, symbol).some(
      (row) => row.number === Number(number) && row.invoiceDate === date,
    );
    return found ? { symbol, number, date } : undefined;
  }

  /** An invoice that was replaced is dead: neither adjusted nor replaced again. */
  private isReplaced(taxCode: string, method: TaxMethod, original: NonNullable<IssuedInvoice['original']>): boolean {
    return this.books
      .all()
      .some(
        (row) =>
          row.kind === 'replacement' &&
          row.number !== null &&
          row.taxCode === taxCode &&
          row.method === method &&
          row.original?.symbol === original.symbol &&
          Number(row.original.number) === Number(original.number),
      );
  }

  /** Cash-register series carry a code of the seller's own software, other coded ones the authority's 34 characters. */
  private authorityCode(
    taxCode: string,
    symbol: string,
    method: TaxMethod,
    number: number,
    sent: boolean,
  ): string | null {
    if (!symbol.startsWith('C') || !sent) return null;
    const form = method === 'vat' ? '1' : '2';
    const grant = derivedBytes('grant', taxCode).toString('hex').slice(0, 5).toUpperCase();
    if (symbol[3] === 'M') return `M${form}-${symbol.slice(1, 3)}-${grant}-${String(number).padStart(11, '0')}`;
    return `00${derivedBytes('authority', taxCode, symbol, number).toString('hex').slice(0, 32).toUpperCase()}`;
  }
}
