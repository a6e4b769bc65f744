import { deadLetterTopic, MERCHANT_CDC_TOPICS, SERVICES, SIGNAL_TOPICS, TOPICS } from '@nx/contracts';
import type { AppDescription } from './describe-app';
import { code, pageOf, table } from './markdown';

const STABLE = 'stable';
const BETA = 'beta';

const httpRows = (apps: readonly AppDescription[]): string[][] =>
  apps.map(({ service, routes }) => [
    `REST of ${service}, ${routes.filter(({ path }) => path.startsWith(SERVICES[service].basePath)).length} routes`,
    code(SERVICES[service].basePath),
    STABLE,
    `openapi/${service}.json`,
  ]);

const rows = (apps: readonly AppDescription[]): string[][] => [
  ...httpRows(apps),
  ['Error bodies (RFC 9457) and their codes', code('application/problem+json'), STABLE, 'errors.md'],
  ['Handshake and frames of the stream', code('/stream'), STABLE, 'asyncapi.yaml, channel stream'],
  ['Messages of the bus', code('ws:*'), STABLE, 'asyncapi.yaml, channel bus'],
  [
    'Payment webhooks: headers, signature, body',
    'POST to the subscriber',
    STABLE,
    'asyncapi.yaml, channel paymentWebhooks',
  ],
  ...Object.values(TOPICS).map((topic) => ['Kafka record', code(topic), BETA, 'asyncapi.yaml']),
  ['Kafka change feed that is read', code(MERCHANT_CDC_TOPICS[0] ?? ''), BETA, 'asyncapi.yaml'],
  ['Dead letters', code(deadLetterTopic('<topic>')), BETA, 'asyncapi.yaml'],
  [
    'Push topics',
    `${code('observation/<service>/…')}, ${Object.values(SIGNAL_TOPICS).map(code).join(', ')}`,
    BETA,
    'asyncapi.yaml, channel stream',
  ],
  ['Internal routes', code('/internal/api'), 'none: this release only', 'permissions.md'],
  ['Settings', code('APP_ENV_*'), STABLE, 'settings.md'],
];

/** What others may rely on, how far, and where it is written down. */
export function contractsPage(apps: readonly AppDescription[]): string {
  return pageOf(
    'Contracts',
    'the routes, topics and settings of the code',
    table(['Surface', 'Address', 'Stability', 'Written down in'], rows(apps)),
    '## What the words promise',
    '**stable**: grows only. New members, routes, codes and optional settings may come; none goes away, changes its ' +
      'meaning or becomes required within a major version.\n\n' +
      '**beta**: grows only as well, but may be replaced by a new version beside the old one, with one minor release ' +
      'in which both are served.',
    '## Versions',
    'HTTP paths carry their version (`/v1`), envelopes on Kafka a member `version`, sealed data its format (`v1.`). ' +
      'Readers ignore members that they do not know. Requests to our own API with unknown members are refused, so a ' +
      'typing error is found at once. A change of one of these documents shows up in review, because a stale copy ' +
      'fails `npm test`, and what would break somebody who relies on the release before fails it too: ' +
      '[release](../guides/release.md).',
  );
}
