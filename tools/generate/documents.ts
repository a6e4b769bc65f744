import 'reflect-metadata';
import type { ServiceName } from '@nx/contracts';
import { asyncApiDocument } from './asyncapi/document';
import { contractsPage } from './contracts';
import { dependenciesPage } from './dependencies/page';
import { describeApp, type AppDescription } from './describe-app';
import { errorsPage } from './errors';
import { permissionsPage } from './permissions';
import { DOCUMENTED } from './services';
import { settingsPage } from './settings';
import { stateMachinesPage } from './state-machines';
import { toYaml } from './yaml';

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

export { alerts } from './alerts/alerts';
export { dashboards } from './dashboards/dashboards';
export { scalingPage } from './scaling/scaling';

/** All generated documents by their path below docs/generated. The same code gives the same bytes. */
export async function documents(root: string): Promise<Map<string, string>> {
  const described: AppDescription[] = [];
  for (const service of Object.keys(DOCUMENTED) as ServiceName[]) described.push(await describeApp(service));
  const files = new Map<string, string>();
  for (const { service, openApi } of described) files.set(`openapi/${service}.json`, json(openApi));
  files.set('asyncapi.yaml', toYaml(asyncApiDocument()));
  files.set('settings.md', settingsPage());
  files.set('errors.md', errorsPage());
  files.set('permissions.md', permissionsPage(described));
  files.set('contracts.md', contractsPage(described));
  files.set('state-machines.md', stateMachinesPage());
  files.set('dependencies.md', dependenciesPage(root));
  return files;
}
