import { at, listAt } from '../objects';
import type { Rule } from '../stage';

/** A lost zone or machine takes one pod of a Deployment, never all: where one is kept alone, it goes where it can. */
export const spread: Rule = (stage) =>
  stage.of('Deployment').flatMap((object) => {
    const spec = at(object.body, 'spec.template.spec');
    const zones = 'topologySpreadConstraints.0';
    const machines = 'affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution';
    const alone = stage.sizeOf(object.metadata.name)?.least === 1;
    const wanted: readonly (readonly [string, unknown])[] = [
      [`${zones}.maxSkew`, 1],
      [`${zones}.topologyKey`, 'topology.kubernetes.io/zone'],
      [`${zones}.whenUnsatisfiable`, alone ? 'ScheduleAnyway' : 'DoNotSchedule'],
    ];
    const complaints = wanted
      .filter(([path, value]) => at(spec, path) !== value)
      .map(([path, value]) =>
        stage.complain('spread', object, path, `is ${String(at(spec, path))}`, `set it to ${String(value)}`),
      );
    const apart = listAt(spec, machines).some(
      (entry) => at(entry, 'podAffinityTerm.topologyKey') === 'kubernetes.io/hostname',
    );
    if (!apart)
      complaints.push(
        stage.complain(
          'spread',
          object,
          machines,
          'lets one machine hold every pod',
          'prefer machines without one: topologyKey kubernetes.io/hostname',
        ),
      );
    return complaints;
  });
