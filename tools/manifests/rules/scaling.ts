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

const BUSY_PERCENT = 70;

/** Apis are counted by processor and by requests, signal by processor, workers by the work that waits for them. */
export const measures: Rule = (stage) =>
  stage.workloads().flatMap(({ object, name, service, variables }): readonly Complaint[] => {
    const scaler = stage
      .of('HorizontalPodAutoscaler', 'ScaledObject')
      .find(({ body }) => textAt(body, 'spec.scaleTargetRef.name') === name);
    if (object.kind !== 'Deployment' || scaler === undefined) return [];
    const complain = (field: string, problem: string, remedy: string): Complaint =>
      stage.complain('measures', scaler, field, problem, remedy);
    if (variables['RUN_MODE'] === 'worker') {
      const queues = `queue=~"@nx/${service}/queue/.*"`;
      const counted = listAt(scaler.body, 'spec.triggers').some((trigger) =>
        textAt(trigger, 'metadata.query')?.includes(queues),
      );
      return counted ? [] : [complain('spec.triggers', 'does not count the queues', `ask for bullmq_jobs{${queues}}`)];
    }
    const metrics = listAt(scaler.body, 'spec.metrics');
    const processor = metrics.find((metric) => textAt(metric, 'resource.name') === 'cpu');
    const busy = at(processor, 'resource.target.averageUtilization');
    const requests = metrics.some((metric) => textAt(metric, 'pods.metric.name') === 'http_requests_per_second');
    const complaints: Complaint[] = [];
    if (busy !== BUSY_PERCENT)
      complaints.push(complain('spec.metrics', `counts cpu at ${String(busy)} %`, `add cpu at ${BUSY_PERCENT} %`));
    if (variables['RUN_MODE'] === 'api' && !requests)
      complaints.push(complain('spec.metrics', 'does not count requests', 'add http_requests_per_second'));
    return complaints;
  });

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
