import { Setting } from '@nx/config';

/** How operators' commands reach their service; read only by commands that call it. */
export class OpsConfig {
  @Setting({
    env: 'APP_ENV_OPERATOR_URL',
    description: 'root address of the service that the commands call; without it the own port on this machine',
    kind: 'url',
    example: 'https://api.internal.example.vn',
  })
  url?: string;

  @Setting({ env: 'APP_ENV_OPERATOR_TOKEN', description: "an operator's token for the commands", secret: true })
  token?: string;

  @Setting({
    env: 'APP_ENV_SERVER_PORT',
    description: 'port of the service on this machine',
    kind: 'integer',
    default: 3000,
  })
  port!: number;
}
