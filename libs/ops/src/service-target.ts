import { readFileSync } from 'node:fs';
import type { ServiceRegistration } from '@nx/contracts';
import { loadConfig } from '@nx/config';
import type { ServiceTarget } from './call-service';
import { textOf, UsageError, type CommandInput } from './command';
import { OpsConfig } from './ops.config';

const tokenIn = (file: string): string => {
  try {
    const token = readFileSync(file, 'utf8').trim();
    if (token !== '') return token;
  } catch (error) {
    throw new UsageError(
      `--token-file ${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unreadable'})`,
    );
  }
  throw new UsageError(`--token-file ${file} is empty`);
};

const checkedUrl = (text: string): string => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) throw new UsageError('--url is http(s)://<host>[:<port>]');
  return url.origin;
};

/**
 * Which service a command calls: `--url` and `--token-file`, else the environment, else the service's port on this
 * machine. Throws `UsageError` for options that cannot be used.
 */
export const serviceTarget = (service: ServiceRegistration, input: CommandInput): ServiceTarget => {
  const config = loadConfig(OpsConfig);
  const file = textOf(input, 'token-file');
  const url = textOf(input, 'url') ?? config.url ?? `http://127.0.0.1:${config.port}`;
  return {
    name: service.name,
    url: checkedUrl(url),
    basePath: service.basePath,
    token: file === undefined ? config.token : tokenIn(file),
    dryRun: input.values['dry-run'] === true,
  };
};
