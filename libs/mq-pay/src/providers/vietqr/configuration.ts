import { ConfigurationError } from '../../configuration-error';
import type { ConfigurationProblem } from '../../configuration-error';
import type { VietQrService } from '../../emv/vietqr-profile';
import type { ProviderConfiguration, ProviderEnvironment } from '../../provider';
import { SettingsReader, throwProblems } from '../../settings-reader';

/** Services that a transfer to the merchant's own account or card uses; the others need a contract with NAPAS. */
const SERVICES = ['QRIBFTTA', 'QRIBFTTC'] as const satisfies readonly VietQrService[];

/** The account that is paid into, as the code says it. */
export interface VietQrSettings {
  /** NAPAS BIN of the bank, six digits. */
  readonly bankBin: string;
  /** At most 19 letters and digits; digits only for a card. */
  readonly accountNumber: string;
  /** Without accents, at most 25 characters. */
  readonly accountName: string;
  readonly serviceCode: (typeof SERVICES)[number];
  /** Without accents, at most 15 characters; null = not in the code. */
  readonly city: string | null;
  /** ISO 18245 category, four digits; null = not in the code. */
  readonly categoryCode: string | null;
}

/** A merchant's bank account. The money never passes through us and nothing is secret. */
export class VietQrConfiguration implements ProviderConfiguration {
  readonly provider = 'VIETQR';
  readonly lookupKey = null;
  readonly terminal = null;
  readonly settlementModel = 'DIRECT';
  readonly callbackSecret = null;

  constructor(
    readonly environment: ProviderEnvironment,
    readonly settings: VietQrSettings,
  ) {}
}

/** Checks the fields by VietQR's own limits; there are no secrets. Throws `ConfigurationError` with every fault. */
export function parseVietQrConfiguration(
  tValue: unknown,
  credential: unknown,
  environment: ProviderEnvironment,
): VietQrConfiguration {
  const problems: ConfigurationProblem[] = [];
  const reader = new SettingsReader(tValue, '/tValue', problems);
  const serviceCode = reader.oneOf('serviceCode', SERVICES, 'QRIBFTTA');
  const settings: VietQrSettings = {
    bankBin: reader.text('bankBin', { maximum: 6, pattern: /^[0-9]{6}$/ }),
    accountNumber: reader.text('accountNumber', {
      maximum: 19,
      pattern: serviceCode === 'QRIBFTTC' ? /^[0-9]+$/ : /^[A-Za-z0-9]+$/,
    }),
    // Not every bank's app shows accents.
    accountName: reader.plainText('accountName', 25),
    serviceCode,
    city: reader.plainText('city', 15, '') || null,
    categoryCode: reader.text('mcc', { maximum: 4, pattern: /^[0-9]{4}$/, fallback: '' }) || null,
  };
  reader.refuseOthers();
  new SettingsReader(credential ?? {}, '/credential', problems).refuseOthers();
  throwProblems(problems);
  return new VietQrConfiguration(environment, settings);
}

/** Narrows what the service hands over; a foreign configuration is a mistake of the caller. */
export function asVietQr(configuration: ProviderConfiguration): VietQrConfiguration {
  if (configuration instanceof VietQrConfiguration) return configuration;
  throw new ConfigurationError([{ pointer: '', detail: 'is not a configuration of VIETQR' }]);
}
