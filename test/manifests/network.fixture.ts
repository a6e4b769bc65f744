import { api, without, type Mutation } from './mutation.fixture';

export const NETWORK: readonly Mutation[] = [
  // network
  {
    what: 'nothing is forbidden',
    rule: 'default deny',
    says: 'leaves open what no policy names',
    change: (b) => without(b, 'NetworkPolicy', 'default-deny'),
  },
  {
    what: 'a pod cannot reach its database',
    rule: 'egress',
    says: 'data/postgres:5432: is needed and not allowed',
    change: (b) => {
      delete api(b).spec.template.metadata.labels['connects-to-postgres'];
    },
  },
  {
    what: 'a pod may reach what it does not use',
    rule: 'egress',
    says: 'data/kafka:9092: is allowed and no setting names it',
    change: (b) => {
      api(b).spec.template.metadata.labels['connects-to-kafka'] = 'true';
    },
  },
  {
    what: 'a policy opens another port',
    rule: 'egress',
    says: 'data/postgres:5433',
    change: (b) => {
      b.one('NetworkPolicy', 'to-postgres').spec.egress[0].ports[0].port = 5433;
    },
  },
  {
    what: 'the gateway cannot reach what it routes to',
    rule: 'ingress',
    says: 'traefik:3000: calls it and is not allowed',
    change: (b) => without(b, 'NetworkPolicy', 'from-gateway-to-payment-api'),
  },
  {
    what: 'the gateway may reach a worker',
    rule: 'ingress',
    says: 'traefik:3000: is allowed and does not call it',
    change: (b) => {
      b.one('NetworkPolicy', 'from-gateway-to-payment-ipn').spec.podSelector.matchLabels.component = 'worker';
    },
  },
  {
    what: 'signal cannot ask who owns a room',
    rule: 'ingress',
    says: 'signal-service:3000',
    change: (b) => without(b, 'NetworkPolicy', 'from-signal-to-payment'),
  },
  {
    what: 'an api reaches any address',
    rule: 'outside',
    says: 'lets payment-api reach any address',
    change: (b) => {
      api(b).spec.template.metadata.labels['connects-to-subscribers'] = 'true';
    },
  },
  {
    what: 'webhooks reach a private network',
    rule: 'outside',
    says: 'lets webhooks into 10.0.0.0/8',
    change: (b) => {
      b.one('CiliumNetworkPolicy', 'to-subscribers').spec.egress[1].toCIDRSet[0].except = ['172.16.0.0/12'];
    },
  },
  {
    what: 'a policy by name selects no pod',
    rule: 'outside',
    says: 'selects no pod',
    change: (b) => {
      b.one('CiliumNetworkPolicy', 'to-providers').spec.endpointSelector.matchLabels = { app: 'nobody' };
    },
  },
  // routes
  {
    what: 'a route leads nowhere',
    rule: 'route targets',
    says: 'name a Service and its port',
    change: (b) => {
      b.one('IngressRoute', 'signal').spec.routes[1].services[0].name = 'signals';
    },
  },
  {
    what: 'a middleware is not there',
    rule: 'route targets',
    says: 'breaker does not exist',
    change: (b) => without(b, 'Middleware', 'breaker'),
  },
  {
    what: 'callbacks have a breaker',
    rule: 'routing',
    says: 'vnpay/qr-mms/ipn',
    change: (b) => {
      b.one('IngressRoute', 'payment').spec.routes[0].middlewares.splice(1, 0, { name: 'breaker' });
    },
  },
  {
    what: 'operators’ routes are public',
    rule: 'routing',
    says: 'operations/freezes: is answered by payment-api',
    change: (b) => {
      b.one('IngressRoute', 'payment').spec.routes[1].match = 'PathPrefix(`/v1/api/payment`)';
    },
  },
  {
    what: 'a path of the API has no route',
    rule: 'routing',
    says: '/v1/api/claims/x: is answered by nobody',
    change: (b) => {
      const [route] = b.one('IngressRoute', 'invoice').spec.routes;
      route.match = route.match.replace('PathPrefix(`/v1/api/claims`) ||', '');
    },
  },
  {
    what: 'the stream has a middleware',
    rule: 'routing',
    says: '/stream',
    change: (b) => {
      b.one('IngressRoute', 'signal').spec.routes[0].middlewares = [{ name: 'rate-limit' }];
    },
  },
  {
    what: 'the stream is not sticky',
    rule: 'routing',
    says: 'give the service a sticky cookie',
    change: (b) => {
      delete b.one('IngressRoute', 'signal').spec.routes[0].services[0].sticky;
    },
  },
  {
    what: 'the breaker opens at a freeze',
    rule: 'middlewares',
    says: 'ResponseCodeRatio(500, 503',
    change: (b) => {
      b.one('Middleware', 'breaker').spec.circuitBreaker.expression = 'ResponseCodeRatio(500, 600, 0, 600) > 0.3';
    },
  },
  {
    what: 'invoice is asked first',
    rule: 'middlewares',
    says: 'give invoice the lowest',
    change: (b) => {
      b.one('IngressRoute', 'invoice').spec.routes[0].priority = 250;
    },
  },
  {
    what: 'a drill can tell somebody outside',
    stage: 'dr-drill',
    rule: 'silence',
    says: 'to-providers, spec.egress: leads outside; take it out of dr-drill',
    change: (b) => {
      const egress = [{ toFQDNs: [{ matchName: 'pay.vnpay.vn' }] }];
      const spec = { endpointSelector: { matchLabels: { 'connects-to-providers': 'true' } }, egress };
      const policy = {
        apiVersion: 'cilium.io/v2',
        kind: 'CiliumNetworkPolicy',
        metadata: { name: 'to-providers' },
        spec,
      };
      b.all.push(policy);
    },
  },
];
