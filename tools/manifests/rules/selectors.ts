import { at, labelsAt, listAt, numberAt, selects, textAt, type Complaint, type ManifestObject } from '../objects';
import type { Rule, StageManifests } from '../stage';

interface Chosen {
  readonly object: ManifestObject;
  readonly labels: Readonly<Record<string, string>>;
  readonly ports: ReadonlySet<string>;
}

const podsOf = (stage: StageManifests): readonly Chosen[] =>
  stage.of('Deployment', 'StatefulSet', 'Job').map((object) => ({
    object,
    labels: labelsAt(object.body, 'spec.template.metadata.labels'),
    ports: new Set(
      listAt(object.body, 'spec.template.spec.containers')
        .flatMap((container) => listAt(container, 'ports'))
        .map((port) => textAt(port, 'name') ?? ''),
    ),
  }));

/** Services lead to pods that are there, on ports that these have. */
export const services: Rule = (stage) =>
  stage.of('Service').flatMap((object) => {
    const selector = labelsAt(object.body, 'spec.selector');
    const chosen = podsOf(stage).filter(({ labels }) => selects(selector, labels));
    if (chosen.length === 0)
      return [stage.complain('services', object, 'spec.selector', 'selects no pod', 'take the labels of a Deployment')];
    return listAt(object.body, 'spec.ports').flatMap((port, index) => {
      const target = textAt(port, 'targetPort') ?? '';
      const lacking = chosen.find(({ ports }) => !ports.has(target));
      if (lacking === undefined) return [];
      const problem = `${target || 'nothing'} is no port of ${lacking.object.metadata.name}`;
      return [
        stage.complain('services', object, `spec.ports.${index}.targetPort`, problem, 'name a port of the container'),
      ];
    });
  });

/** A Deployment selects its own pods and nobody else's, and spreads them by labels that they have. */
export const ownPods: Rule = (stage) =>
  stage.of('Deployment').flatMap((object): readonly Complaint[] => {
    const own = labelsAt(object.body, 'spec.template.metadata.labels');
    const selector = labelsAt(object.body, 'spec.selector.matchLabels');
    const chosen = podsOf(stage).filter(({ labels }) => selects(selector, labels));
    const only = chosen.length === 1 && chosen[0]?.object === object;
    const spec = at(object.body, 'spec.template.spec');
    const spreads = [
      ...listAt(spec, 'topologySpreadConstraints').map((entry) => labelsAt(entry, 'labelSelector.matchLabels')),
      ...listAt(spec, 'affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution').map((entry) =>
        labelsAt(entry, 'podAffinityTerm.labelSelector.matchLabels'),
      ),
    ];
    const complaints = only
      ? []
      : [
          stage.complain(
            'own pods',
            object,
            'spec.selector',
            'does not select exactly its own pods',
            'give labels that no other Deployment has',
          ),
        ];
    if (spreads.some((labels) => Object.keys(labels).length === 0 || !selects(labels, own)))
      complaints.push(
        stage.complain(
          'own pods',
          object,
          'labelSelector',
          'spreads other pods than its own',
          'take the labels of the template',
        ),
      );
    return complaints;
  });

/** Every Deployment has one scaler that says how many, and one budget that keeps all but one. */
export const budgets: Rule = (stage) =>
  stage.of('Deployment').flatMap((object): readonly Complaint[] => {
    const name = object.metadata.name;
    const labels = labelsAt(object.body, 'spec.template.metadata.labels');
    const size = stage.sizeOf(name);
    if (size === undefined)
      return [
        stage.complain(
          'budgets',
          object,
          'replicas',
          'has no scaler',
          'add a HorizontalPodAutoscaler or a ScaledObject',
        ),
      ];
    const own = stage
      .of('PodDisruptionBudget')
      .filter(({ body }) => selects(labelsAt(body, 'spec.selector.matchLabels'), labels));
    const [budget] = own;
    if (budget === undefined || own.length > 1)
      return [stage.complain('budgets', object, 'PodDisruptionBudget', `has ${own.length}`, 'give it exactly one')];
    const kept = numberAt(budget.body, 'spec.minAvailable');
    const complaints: Complaint[] = [];
    if (kept !== size.least - 1)
      complaints.push(
        stage.complain(
          'budgets',
          budget,
          'spec.minAvailable',
          `is ${String(kept)} of ${size.least} pods`,
          `set it to ${size.least - 1}`,
        ),
      );
    if (at(object.body, 'spec.replicas') !== undefined)
      complaints.push(stage.complain('budgets', object, 'spec.replicas', 'fights with the scaler', 'take it out'));
    return complaints;
  });

const SECONDS_BEFORE_STOP = 5;
const GRACE_SECONDS = 25;

/** A release rolls without one pod less, and a pod that ends has time for what it has taken. */
export const rollout: Rule = (stage) =>
  stage.of('Deployment').flatMap((object) => {
    const wanted: readonly (readonly [string, unknown])[] = [
      ['spec.strategy.rollingUpdate.maxUnavailable', 0],
      ['spec.strategy.rollingUpdate.maxSurge', 1],
      ['spec.template.spec.terminationGracePeriodSeconds', 60],
      ['metadata.labels.rollout-phase', 'after-migration'],
    ];
    const complaints = wanted
      .filter(([path, value]) => at(object.body, path) !== value)
      .map(([path, value]) =>
        stage.complain('rollout', object, path, `is ${String(at(object.body, path))}`, `set it to ${String(value)}`),
      );
    const grace = numberAt(object.body, 'spec.template.spec.terminationGracePeriodSeconds') ?? 0;
    if (grace <= SECONDS_BEFORE_STOP + GRACE_SECONDS)
      complaints.push(
        stage.complain('rollout', object, 'terminationGracePeriodSeconds', 'ends running work', 'set it to 60'),
      );
    const hook = textAt(object.body, 'spec.template.spec.containers.0.lifecycle.preStop.exec.command.2') ?? '';
    if (!hook.includes(`${SECONDS_BEFORE_STOP * 1000}`))
      complaints.push(
        stage.complain(
          'rollout',
          object,
          'containers.0.lifecycle.preStop',
          'does not wait for the balancers',
          `wait ${SECONDS_BEFORE_STOP} s`,
        ),
      );
    return complaints;
  });

/** Money moves only in pods that say so. */
export const tiers: Rule = (stage) =>
  stage.workloads().flatMap(({ object, service, labels }) => {
    if (object.kind !== 'Deployment') return [];
    const wanted = service === 'payment' ? 'money-changing' : undefined;
    if (labels['tier'] === wanted) return [];
    return [
      stage.complain(
        'tiers',
        object,
        'template.metadata.labels.tier',
        `is ${String(labels['tier'])}`,
        `set it to ${String(wanted)}`,
      ),
    ];
  });

/** Migrations run to their end by themselves, before the Deployments change. */
export const migrations: Rule = (stage) =>
  stage.of('Job').flatMap((object) => {
    const wanted: readonly (readonly [string, unknown])[] = [
      ['metadata.labels.rollout-phase', 'migration'],
      ['spec.template.spec.restartPolicy', 'Never'],
    ];
    const complaints = wanted
      .filter(([path, value]) => at(object.body, path) !== value)
      .map(([path, value]) =>
        stage.complain('migrations', object, path, `is ${String(at(object.body, path))}`, `set it to ${String(value)}`),
      );
    const mode = stage.workloads().find((workload) => workload.object === object)?.variables['RUN_MODE'];
    if (mode !== 'migrate')
      complaints.push(stage.complain('migrations', object, 'RUN_MODE', `is ${String(mode)}`, 'set it to migrate'));
    return complaints;
  });
