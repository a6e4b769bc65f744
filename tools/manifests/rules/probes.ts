import { at, listAt, numberAt, textAt } from '../objects';
import type { Rule } from '../stage';
import { FACTS, HEALTH_PATHS } from '../facts';

/** Period and misses of each probe, in seconds. */
const PROBES = [
  { name: 'livenessProbe', path: 'healthz', period: 10, misses: 3 },
  { name: 'readinessProbe', path: 'readyz', period: 5, misses: 2 },
] as const;

/** Probes ask for paths that the code answers, on the port where it does, as often as the platform says. */
export const probes: Rule = (stage) =>
  stage.workloads().flatMap(({ object, service, container }) => {
    if (object.kind !== 'Deployment') return [];
    const { basePath } = FACTS[service].registration;
    const checks = PROBES.flatMap(({ name, path, period, misses }) => {
      const field = `containers.0.${name}`;
      const probe = at(container, name);
      const found = textAt(probe, 'httpGet.path') ?? '';
      const exists = found.startsWith(`${basePath}/`) && HEALTH_PATHS.has(found.slice(basePath.length + 1));
      if (!exists || !found.endsWith(`/${path}`))
        return [
          stage.complain(
            'probes',
            object,
            `${field}.httpGet.path`,
            `is ${found || 'missing'}`,
            `set it to ${basePath}/${path}`,
          ),
        ];
      if (numberAt(probe, 'periodSeconds') === period && numberAt(probe, 'failureThreshold') === misses) return [];
      return [stage.complain('probes', object, field, 'asks at another pace', `every ${period} s, ${misses} misses`)];
    });
    const ports = ['startupProbe', ...PROBES.map(({ name }) => name)].flatMap((name) =>
      textAt(container, `${name}.httpGet.port`) === 'http'
        ? []
        : [
            stage.complain(
              'probes',
              object,
              `containers.0.${name}.httpGet.port`,
              'is not where the service listens',
              'set it to http',
            ),
          ],
    );
    return [...checks, ...ports];
  });

/** Declared ports are those of the settings. */
export const ports: Rule = (stage) =>
  stage.workloads().flatMap(({ object, container, variables }) => {
    if (object.kind !== 'Deployment') return [];
    const declared = new Map(
      listAt(container, 'ports').map((port) => [textAt(port, 'name'), numberAt(port, 'containerPort')]),
    );
    return [['http', 'APP_ENV_SERVER_PORT'] as const, ['metrics', 'APP_ENV_METRICS_PORT'] as const].flatMap(
      ([name, setting]) => {
        if (declared.get(name) === Number(variables[setting])) return [];
        const problem = `${name} is ${String(declared.get(name))}, ${setting} is ${String(variables[setting])}`;
        return [stage.complain('ports', object, 'containers.0.ports', problem, 'let both be the same')];
      },
    );
  });
