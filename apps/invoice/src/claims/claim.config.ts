import { Setting } from '@nx/config';

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
}
