import { ConfigurationError } from '../../configuration-error';
import type { ConfigurationProblem } from '../../configuration-error';
import type { ProviderConfiguration, ProviderEnvironment, SettlementModel } from '../../provider';
import { SettingsReader, throwProblems } from '../../settings-reader';
import { SIGNABLE } from '../vnpay-qr-mms/checksum';

/** The merchant's settings. Only what QR-MMS publishes is required; the rest follows the contract with VNPAY. */
export interface PhonePosSettings {
  readonly merchantCode: string;
  readonly terminalId: string;
  /** CheckTrans, where VNPAY opened it for the merchant; null: outcomes come by callback or report alone. */
  readonly checkEndpoint: string | null;
  /** How the phone's POS app is opened with a sale, see `appLinkOf`; null: the cashier types the reference. */
  readonly appLink: string | null;
}

export interface PhonePosSecrets {
  readonly callbackSecret: string;
  /** Null where there is no CheckTrans. */
  readonly checkSecret: string | null;
}

/** Everything the adapter needs for one merchant. Its secrets do not show when it is printed or serialised. */
export class PhonePosConfiguration implements ProviderConfiguration {
  readonly provider = 'VNPAY_PHONE_POS';
  readonly #secrets: PhonePosSecrets;

  constructor(
    readonly environment: ProviderEnvironment,
    readonly settings: PhonePosSettings,
    readonly settlementModel: SettlementModel,
    secrets: PhonePosSecrets,
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

  get secrets(): PhonePosSecrets {
    return this.#secrets;
  }
}

const PLACEHOLDERS = ['reference', 'amount', 'merchantCode', 'terminalId'];

/** Lengths as in QR-MMS. Throws `ConfigurationError` with every fault. */
export function parsePhonePosConfiguration(
  tValue: unknown,
  credential: unknown,
  environment: ProviderEnvironment,
): PhonePosConfiguration {
  const problems: ConfigurationProblem[] = [];
  const settings = new SettingsReader(tValue, '/tValue', problems);
  const secrets = new SettingsReader(credential, '/credential', problems);
  const endpoints = settings.has('endpoints') ? settings.nested('endpoints') : null;
  const parsed: PhonePosSettings = {
    merchantCode: settings.text('merchantCode', { maximum: 20, pattern: SIGNABLE }),
    terminalId: settings.text('terminalId', { maximum: 8, pattern: SIGNABLE }),
    checkEndpoint: endpoints?.url('check', environment === 'DEVELOPMENT') ?? null,
    appLink: appLink(settings),
  };
  const settlementModel = settings.oneOf('settlementModel', ['DIRECT', 'PLATFORM'], 'DIRECT');
  const keys: PhonePosSecrets = {
    callbackSecret: secrets.text('callbackSecret', { maximum: 255 }),
    checkSecret: endpoints === null ? null : secrets.text('checkSecret', { maximum: 255 }),
  };
  for (const reader of [settings, endpoints, secrets]) reader?.refuseOthers();
  throwProblems(problems);
  return new PhonePosConfiguration(environment, parsed, settlementModel, keys);
}

/** Narrows what the service hands over; a foreign configuration is a mistake of the caller. */
export function asPhonePos(configuration: ProviderConfiguration): PhonePosConfiguration {
  if (configuration instanceof PhonePosConfiguration) return configuration;
  throw new ConfigurationError([{ pointer: '', detail: 'is not a configuration of VNPAY_PHONE_POS' }]);
}

function appLink(settings: SettingsReader): string | null {
  const template = settings.text('appLink', { maximum: 512, pattern: /^[\x21-\x7e]+$/, fallback: '' });
  if (template === '') return null;
  const placeholders = [...template.matchAll(/\{([^{}]*)\}/g)].map(([, name]) => name ?? '');
  const usable =
    /^[a-z][a-z0-9+.-]*:/.test(template) &&
    !/^(?:javascript|data|vbscript):/.test(template) &&
    !/[{}]/.test(template.replace(/\{[^{}]*\}/g, '')) &&
    placeholders.every((name) => PLACEHOLDERS.includes(name)) &&
    placeholders.includes('reference');
  if (!usable) settings.fault('appLink', `must be a link with {reference}; known are ${PLACEHOLDERS.join(', ')}`);
  return template;
}
