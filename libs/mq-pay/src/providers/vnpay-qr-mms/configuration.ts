import { ConfigurationError } from '../../configuration-error';
import type { ConfigurationProblem } from '../../configuration-error';
import { VNPAY_GUID } from '../../emv/vnpay-profile';
import type { ProviderConfiguration, ProviderEnvironment, SettlementModel } from '../../provider';
import { SettingsReader, throwProblems } from '../../settings-reader';
import { SIGNABLE } from './checksum';

/** The merchant's settings at VNPAY, as sent on the wire. */
export interface QrMmsSettings {
  readonly appId: string;
  readonly masterMerCode: string;
  readonly merchantCode: string;
  /** Without accents, at most 25 characters. */
  readonly merchantName: string;
  readonly merchantType: string;
  readonly terminalId: string;
  readonly serviceCode: string;
  readonly endpoints: { readonly create: string; readonly check: string; readonly refund: string };
}

/** VNPAY gives up to four different secrets; each kind of message has its own. */
export interface QrMmsSecrets {
  readonly createSecret: string;
  readonly checkSecret: string;
  readonly refundSecret: string;
  readonly callbackSecret: string;
}

/** Everything the adapter needs for one merchant. Its secrets do not show when it is printed or serialised. */
export class QrMmsConfiguration implements ProviderConfiguration {
  readonly provider = 'VNPAY_QR_MMS';
  readonly #secrets: QrMmsSecrets;

  constructor(
    readonly environment: ProviderEnvironment,
    readonly settings: QrMmsSettings,
    readonly settlementModel: SettlementModel,
    secrets: QrMmsSecrets,
  ) {
    this.#secrets = secrets;
  }

  get lookupKey(): string {
    return this.settings.merchantCode;
  }

  get terminal(): string {
    return this.settings.terminalId;
  }

  get callbackSecret(): string {
    return this.#secrets.callbackSecret;
  }

  get secrets(): QrMmsSecrets {
    return this.#secrets;
  }

  /** Whether an unsigned answer from this address can be believed: TLS, or a development endpoint. */
  trusts(endpoint: string): boolean {
    return this.environment === 'DEVELOPMENT' || endpoint.startsWith('https:');
  }
}

/** Checks lengths and characters by the vendor's field table. Throws `ConfigurationError` with every fault. */
export function parseQrMmsConfiguration(
  tValue: unknown,
  credential: unknown,
  environment: ProviderEnvironment,
): QrMmsConfiguration {
  const problems: ConfigurationProblem[] = [];
  const settings = new SettingsReader(tValue, '/tValue', problems);
  const secrets = new SettingsReader(credential, '/credential', problems);
  const endpoints = settings.nested('endpoints');
  const allowHttp = environment === 'DEVELOPMENT';
  const parsed: QrMmsSettings = {
    appId: settings.text('appId', { maximum: 100, pattern: SIGNABLE }),
    masterMerCode: settings.text('masterMerCode', { maximum: 100, pattern: SIGNABLE, fallback: VNPAY_GUID }),
    merchantCode: settings.text('merchantCode', { maximum: 20, pattern: SIGNABLE }),
    merchantName: settings.plainText('merchantName', 25),
    merchantType: settings.text('merchantType', { maximum: 9, pattern: SIGNABLE }),
    terminalId: settings.text('terminalId', { maximum: 8, pattern: SIGNABLE }),
    serviceCode: settings.text('serviceCode', { maximum: 20, pattern: SIGNABLE, fallback: '03' }),
    endpoints: {
      create: endpoints.url('create', allowHttp),
      check: endpoints.url('check', allowHttp),
      refund: endpoints.url('refund', allowHttp),
    },
  };
  const settlementModel = settings.oneOf('settlementModel', ['DIRECT', 'PLATFORM'], 'DIRECT');
  const keys: QrMmsSecrets = {
    createSecret: secrets.text('createSecret', { maximum: 255 }),
    checkSecret: secrets.text('checkSecret', { maximum: 255 }),
    refundSecret: secrets.text('refundSecret', { maximum: 255 }),
    callbackSecret: secrets.text('callbackSecret', { maximum: 255 }),
  };
  for (const reader of [settings, endpoints, secrets]) reader.refuseOthers();
  throwProblems(problems);
  return new QrMmsConfiguration(environment, parsed, settlementModel, keys);
}

/** Narrows what the service hands over; a foreign configuration is a mistake of the caller. */
export function asQrMms(configuration: ProviderConfiguration): QrMmsConfiguration {
  if (configuration instanceof QrMmsConfiguration) return configuration;
  throw new ConfigurationError([{ pointer: '', detail: 'is not a configuration of VNPAY_QR_MMS' }]);
}
