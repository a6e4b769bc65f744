import { parse } from 'yaml';
import { EXPORTED_METRICS } from '../facts';
import { at, labelsAt, listAt, textAt, type Complaint } from '../objects';
import type { Rule } from '../stage';

/** Words of a query that are no metric. */
const FUNCTIONS = new Set(['sum', 'max', 'min', 'avg', 'rate', 'increase', 'by', 'without', 'histogram_quantile']);

/** Names of the metrics of a query: labels in braces and behind `by` are none. */
function metricsOf(query: string): readonly string[] {
  const bare = query
    .replaceAll(/\{[^}]*\}/g, '')
    .replaceAll(/\b(?:by|without)\s*\([^)]*\)/g, '')
    .replaceAll(/\[[^\]]*\]/g, '');
  return [...bare.matchAll(/[a-z_:][a-z0-9_:]*/gi)].map(([name]) => name).filter((name) => !FUNCTIONS.has(name));
}

/** What is scaled exists, and by numbers that a service exports. */
export const scaling: Rule = (stage) => {
  const rules = stage
    .of('ConfigMap')
    .filter(({ metadata }) => metadata.name.startsWith('prometheus-adapter-rules'))
    .flatMap(({ body }) => listAt(parse(labelsAt(body, 'data')['config.yaml'] ?? ''), 'rules'));
  return stage.of('HorizontalPodAutoscaler', 'ScaledObject').flatMap((object): readonly Complaint[] => {
    const target = textAt(object.body, 'spec.scaleTargetRef.name') ?? '';
    const complaints: Complaint[] = [];
    if (stage.find('Deployment', target) === undefined)
      complaints.push(
        stage.complain('scaling', object, 'spec.scaleTargetRef.name', `${target} does not exist`, 'name a Deployment'),
      );
    for (const trigger of listAt(object.body, 'spec.triggers')) {
      const unknown = metricsOf(textAt(trigger, 'metadata.query') ?? '').filter((name) => !EXPORTED_METRICS.has(name));
      for (const name of unknown)
        complaints.push(
          stage.complain(
            'scaling',
            object,
            'spec.triggers.metadata.query',
            `${name} is exported by no service`,
            'name a metric of the code',
          ),
        );
    }
    for (const metric of listAt(object.body, 'spec.metrics')) {
      const name = textAt(metric, 'pods.metric.name');
      if (name === undefined) continue;
      const rule = rules.find((entry) => textAt(entry, 'name.as') === name);
      const series = metricsOf(textAt(rule, 'seriesQuery') ?? '');
      if (series.length === 0 || series.some((entry) => !EXPORTED_METRICS.has(entry)))
        complaints.push(
          stage.complain(
            'scaling',
            object,
            'spec.metrics.pods.metric.name',
            `${name} is made by no rule of an exported metric`,
            'see k8s/base/monitoring/prometheus-adapter.yaml',
          ),
        );
    }
    return complaints;
  });
};

/** Prometheus finds the metrics of every Deployment: a Service with the label, and a port that answers them. */
export const monitoring: Rule = (stage) =>
  stage.of('ServiceMonitor').flatMap((object) => {
    const selector = labelsAt(object.body, 'spec.selector.matchLabels');
    const port = textAt(object.body, 'spec.endpoints.0.port');
    const kept = at(object.body, 'spec.endpoints.0.honorLabels') === true;
    const overwritten = kept
      ? []
      : [
          stage.complain(
            'monitoring',
            object,
            'spec.endpoints.0.honorLabels',
            'overwrites the label service',
            'set it to true',
          ),
        ];
    const unwatched = stage.of('Deployment').flatMap((deployment) => {
      const labels = labelsAt(deployment.body, 'spec.template.metadata.labels');
      const watched = stage
        .of('Service')
        .some(
          ({ body, metadata }) =>
            Object.entries(selector).every(([name, value]) => metadata.labels?.[name] === value) &&
            Object.entries(labelsAt(body, 'spec.selector')).every(([name, value]) => labels[name] === value) &&
            listAt(body, 'spec.ports').some((entry) => at(entry, 'name') === port),
        );
      if (watched) return [];
      return [
        stage.complain(
          'monitoring',
          object,
          'spec.selector',
          `finds no metrics of ${deployment.metadata.name}`,
          'label a Service of it',
        ),
      ];
    });
    return [...overwritten, ...unwatched];
  });
