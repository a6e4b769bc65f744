import { productionKeyIds, STAGES, takesProductionKeys } from '@nx/config';
import { labelsAt, listAt, textAt, type Complaint } from '../objects';
import type { Rule } from '../stage';

const LOWER: ReadonlySet<string> = new Set(STAGES.filter((stage) => !takesProductionKeys({ APP_ENV_STAGE: stage })));
const RINGS = /-keys$/;

/** A stage takes its secrets from its own store, and a lower one holds no key of production. */
export const keys: Rule = (stage) => [
  ...stage.of('ExternalSecret').flatMap((object) =>
    listAt(object.body, 'spec.data').flatMap((entry, index) => {
      const key = textAt(entry, 'remoteRef.key') ?? '';
      if (key.startsWith(`${stage.stage}/`)) return [];
      return [
        stage.complain(
          'keys',
          object,
          `spec.data.${index}.remoteRef.key`,
          `is ${key}, which is not of ${stage.stage}`,
          `begin it with ${stage.stage}/`,
        ),
      ];
    }),
  ),
  ...stage.of('Secret').flatMap((object) =>
    Object.entries(labelsAt(object.body, 'data')).flatMap(([name, value]): readonly Complaint[] => {
      if (!RINGS.test(name) || !LOWER.has(stage.stage)) return [];
      const [id] = productionKeyIds(Buffer.from(value, 'base64').toString('utf8'));
      if (id === undefined) return [];
      return [
        stage.complain(
          'keys',
          object,
          `data.${name}`,
          `holds the key '${id}' of production`,
          `give ${stage.stage} keys of its own`,
        ),
      ];
    }),
  ),
];

/** Secrets in clear are for a laptop alone. */
export const stored: Rule = (stage) =>
  stage.stage === 'local'
    ? []
    : stage
        .of('Secret')
        .map((object) =>
          stage.complain('stored secrets', object, 'data', 'stands in the repository', 'take an ExternalSecret'),
        );

/** Each process knows where it is, and only production speaks with the real providers. */
export const places: Rule = (stage) => {
  const wanted = stage.stage === 'production' || stage.stage === 'dr-drill' ? 'PRODUCTION' : 'DEVELOPMENT';
  return stage.workloads().flatMap(({ object, service, variables }): readonly Complaint[] => {
    const complaints: Complaint[] = [];
    if (variables['APP_ENV_STAGE'] !== stage.stage)
      complaints.push(
        stage.complain(
          'places',
          object,
          'APP_ENV_STAGE',
          `is ${String(variables['APP_ENV_STAGE'])}`,
          `set it to ${stage.stage}`,
        ),
      );
    const environment = variables['APP_ENV_PROVIDER_ENVIRONMENT'];
    if (service === 'payment' && environment !== wanted)
      complaints.push(
        stage.complain(
          'places',
          object,
          'APP_ENV_PROVIDER_ENVIRONMENT',
          `is ${String(environment)}`,
          `set it to ${wanted}`,
        ),
      );
    return complaints;
  });
};
