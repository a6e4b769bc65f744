import { ConfigurationError } from '../../configuration-error';
import type { ConfigurationProblem } from '../../configuration-error';
import type { AmountWindow } from '../../amount-window';
import type { ProviderConfiguration, ProviderEnvironment, SettlementModel } from '../../provider';
import { SettingsReader, throwProblems } from '../../settings-reader';
import { AGREED, PLAIN } from './fields';
import { isWireAddress } from './wire-values';

/** VNPAY takes 5,000 ≤ VND < 1,000,000,000; not published everywhere alike, so a merchant's settings may differ. */
export const GATEWAY_AMOUNT_WINDOW: AmountWindow = {
  currency: 'VND',
  minimumMinor: 5_000n,
  maximumMinor: 999_999_999n,
};

/** The most that the 12 digits of `vnp_Amount` hold (VND). */
const WIDEST_AMOUNT = 9_999_999_999;

/** The merchant's settings at VNPAY, as sent on the wire. */
export interface GatewaySettings {
  readonly tmnCode: string;
  readonly endpoints: {
    /** The pay page, for the buyer's browser. */
    readonly pay: string;
    /** The transaction API: querydr and refund. */
    readonly api: string;
  };
  readonly returnUrl: string;
  readonly version: string;
  readonly locale: 'vn' | 'en';
  readonly orderType: string;
  /** Null: the buyer chooses at VNPAY. */
  readonly bankCode: string | null;
  /** Our own address: sent with querydr and refund, and for a buyer whose address is not known. */
  readonly ipAddress: string;
  /** Who asks for refunds, for VNPAY's own record. */
  readonly createBy: string;
  /** VNPAY was seen to answer 94 to every question of a terminal for five minutes after one. */
  readonly queryPauseMs: number;
}

/** Everything the adapter needs for one merchant. Its secret does not show when it is printed or serialised. */
export class GatewayConfiguration implements ProviderConfiguration {
  readonly provider = 'VNPAY_GATEWAY';
  readonly #hashSecret: string;

  constructor(
    readonly environment: ProviderEnvironment,
    readonly settings: GatewaySettings,
    readonly settlementModel: SettlementModel,
    readonly amountWindow: AmountWindow,
    hashSecret: string,
  ) {
    this.#hashSecret = hashSecret;
  }

  get lookupKey(): string {
    return this.settings.tmnCode;
  }

  /** VNPAY's rate limit holds per terminal, and the terminal is the TmnCode. */
  get terminal(): string {
    return this.settings.tmnCode;
  }

  get queryPauseMs(): number {
    return this.settings.queryPauseMs;
  }

  get callbackSecret(): string {
    return this.#hashSecret;
  }

  get hashSecret(): string {
    return this.#hashSecret;
  }

  /** Whether an unsigned answer of the API can be believed: TLS, or a development endpoint. */
  get trusted(): boolean {
    return this.environment === 'DEVELOPMENT' || this.settings.endpoints.api.startsWith('https:');
  }
}

/** Checks lengths and characters by VNPAY's field table. Throws `ConfigurationError` with every fault. */
export function parseGatewayConfiguration(
  tValue: unknown,
  credential: unknown,
  environment: ProviderEnvironment,
): GatewayConfiguration {
  const problems: ConfigurationProblem[] = [];
  const settings = new SettingsReader(tValue, '/tValue', problems);
  const secrets = new SettingsReader(credential, '/credential', problems);
  const endpoints = settings.nested('endpoints');
  const allowHttp = environment === 'DEVELOPMENT';
  const parsed: GatewaySettings = {
    tmnCode: settings.text('tmnCode', { maximum: 8, pattern: /^[A-Za-z0-9]{8}$/ }),
    endpoints: { pay: endpoints.url('pay', allowHttp), api: endpoints.url('api', allowHttp) },
    returnUrl: returnUrl(settings, allowHttp),
    version: settings.text('version', { maximum: 8, pattern: PLAIN, fallback: '2.1.0' }),
    locale: settings.oneOf('locale', ['vn', 'en'], 'vn'),
    orderType: settings.text('orderType', { maximum: 100, pattern: PLAIN, fallback: 'other' }),
    bankCode: settings.text('bankCode', { maximum: 20, pattern: /^[A-Za-z0-9]{3,}$/, fallback: '' }) || null,
    ipAddress: ipAddress(settings),
    createBy: settings.text('createBy', { maximum: 245, pattern: /^[A-Za-z0-9 ._@-]+$/, fallback: 'merchant' }),
    queryPauseMs: settings.integer('queryPauseMs', { minimum: 0, maximum: 3_600_000, fallback: 300_000 }),
  };
  const window = amountWindow(settings);
  const settlementModel = settings.oneOf('settlementModel', ['DIRECT', 'PLATFORM'], 'DIRECT');
  const hashSecret = secrets.text('hashSecret', { maximum: 255 });
  for (const reader of [settings, endpoints, secrets]) reader.refuseOthers();
  throwProblems(problems);
  return new GatewayConfiguration(environment, parsed, settlementModel, window, hashSecret);
}

/** Narrows what the service hands over; a foreign configuration is a mistake of the caller. */
export function asGateway(configuration: ProviderConfiguration): GatewayConfiguration {
  if (configuration instanceof GatewayConfiguration) return configuration;
  throw new ConfigurationError([{ pointer: '', detail: 'is not a configuration of VNPAY_GATEWAY' }]);
}

function returnUrl(settings: SettingsReader, allowHttp: boolean): string {
  const url = settings.url('returnUrl', allowHttp);
  if (url.length > 255) return settings.fault('returnUrl', 'must have at most 255 characters');
  if (url !== '' && !AGREED.test(url)) return settings.fault('returnUrl', "must have none of ! ' ( ) * ~");
  return url;
}

function ipAddress(settings: SettingsReader): string {
  const text = settings.text('ipAddress', { maximum: 45, fallback: '127.0.0.1' });
  return text === '' || isWireAddress(text) ? text : settings.fault('ipAddress', 'must be an IPv4 or IPv6 address');
}

function amountWindow(settings: SettingsReader): AmountWindow {
  const { currency, minimumMinor, maximumMinor } = GATEWAY_AMOUNT_WINDOW;
  const bounds = { minimum: 1, maximum: WIDEST_AMOUNT };
  const minimum = settings.integer('minimumAmount', { ...bounds, fallback: Number(minimumMinor) });
  const maximum = settings.integer('maximumAmount', { ...bounds, fallback: Number(maximumMinor) });
  if (minimum > maximum) settings.fault('maximumAmount', 'must be at least the minimum');
  return { currency, minimumMinor: BigInt(minimum), maximumMinor: BigInt(maximum) };
}
