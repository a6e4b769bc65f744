import { Setting } from '@nx/config';
import { CLAIM_HOURS } from '@nx/e-invoice';

export class ClaimSettingsConfig {
  @Setting({
    env: 'APP_ENV_CLAIM_PAGE_URL',
    description: "address of the buyer's claim page; the token is appended as a path segment",
    kind: 'url',
    requiredIn: 'production',
    default: 'http://127.0.0.1:31140/v1/api/claims',
    example: 'https://hoadon.example.vn/claim',
  })
  pageUrl!: string;

  @Setting({
    env: 'APP_ENV_CLAIM_REPEAT_MS',
    description: 'the identical claim is answered with success again for',
    kind: 'milliseconds',
    default: 900_000,
    floor: 60_000,
  })
  repeatMs!: number;

  @Setting({
    env: 'APP_ENV_CLAIM_LAST_PAID_MS',
    description: 'a sale paid later in the day cannot be claimed (ms after midnight in Vietnam)',
    kind: 'milliseconds',
    default: CLAIM_HOURS.lastPaidMs,
  })
  lastPaidMs!: number;

  @Setting({
    env: 'APP_ENV_CLAIM_CLOSE_MS',
    description: 'all claims of a day are closed by then (ms after midnight in Vietnam); the legal deadline bounds it',
    kind: 'milliseconds',
    default: CLAIM_HOURS.closeMs,
  })
  closeMs!: number;
}
