import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { Clock } from '@nx/contracts';
import { attemptUid } from '@nx/mq-pay';
import { CLOCK } from '@nx/observability';
import { providerOf } from '../providers/call-provider';
import { ProviderCredentials } from '../providers/provider-credentials';
import { SendPort } from '../providers/send-port';
import type { ConfigurationTestAnswer } from './configuration.dto';
import { ManageConfigurations } from './manage-configurations';
import { SETTINGS_CODE } from './sealed-configuration';

/** A harmless call over a connection: asks for a payment that cannot exist, so only a right signature is answered. */
@Injectable()
export class TestConfiguration {
  constructor(
    private readonly configurations: ManageConfigurations,
    private readonly credentials: ProviderCredentials,
    private readonly sending: SendPort,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute(merchantId: string, id: string): Promise<ConfigurationTestAnswer> {
    const row = await this.configurations.found(merchantId, id);
    if (row.code === SETTINGS_CODE)
      return { ok: true, providerCode: null, detail: 'Settings need no call.', durationMs: 0 };
    const provider = providerOf(row.code);
    const credential = await this.credentials.ofAttempt(provider, id);
    if (provider.query === undefined) {
      return {
        ok: true,
        providerCode: null,
        detail: 'The provider has nothing to ask; the settings are complete.',
        durationMs: 0,
      };
    }
    const now = this.clock.now();
    const started = performance.now();
    const result = await provider.query(
      {
        configuration: credential.configuration,
        attemptUid: attemptUid(randomBytes),
        amountMinor: provider.amountWindow.minimumMinor,
        currency: provider.amountWindow.currency,
        createdAtMs: now,
        expiresAtMs: now,
        askedAtMs: now,
      },
      this.sending.for({
        provider: provider.code,
        attemptId: `test-${id}`,
        kind: 'QUERY',
      }),
    );
    const answered = result.outcome === 'SUCCEEDED' && result.evidence?.verdict !== 'NO_ANSWER';
    return {
      ok: answered,
      providerCode: result.providerCode ?? null,
      detail:
        result.detail ?? (answered ? 'The provider answered.' : (result.reason ?? 'The provider did not answer.')),
      durationMs: Math.round(performance.now() - started),
    };
  }
}
