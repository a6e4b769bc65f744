import { waitFor } from '../demo/http.mjs';

/** The routes of Traefik as a client sees them. @returns {[string, () => Promise<void>][]} */
export function inspectRoutes({ payment: front }) {
  const get = async (path) => {
    const response = await fetch(`${front}${path}`, { redirect: 'manual', signal: AbortSignal.timeout(10_000) });
    await response.arrayBuffer();
    return response;
  };
  const status = async (path, expected) => {
    const answer = await get(path);
    if (answer.status !== expected) throw new Error(`GET ${path} answered ${answer.status}, expected ${expected}`);
  };
  return [
    [
      'every service has its route, operators have none here',
      async () => {
        for (const path of ['/v1/api/payment/readyz', '/v1/api/readyz', '/v1/api/signal/readyz'])
          await status(path, 200);
        for (const path of [
          '/v1/api/payment/operations/freezes',
          '/v1/api/payment/health/deep',
          '/internal/api/health',
        ])
          await status(path, 404);
        // Ours says no, not the gateway: a callback without a body is refused by payment.
        const ipn = await fetch(`${front}/v1/api/payment/vnpay/qr-mms/ipn`, { method: 'POST' });
        if (ipn.status === 404 || ipn.status >= 500) throw new Error(`the callback's route answered ${ipn.status}`);
      },
    ],
    [
      'security headers everywhere but at /stream',
      async () => {
        const api = await get('/v1/api/payment/readyz');
        if (api.headers.get('referrer-policy') !== 'no-referrer' || api.headers.get('x-frame-options') !== 'DENY')
          throw new Error(`headers: ${JSON.stringify([...api.headers])}`);
        const stream = await get('/stream');
        if (stream.headers.get('x-frame-options') === 'DENY') throw new Error('a middleware stands before /stream');
      },
    ],
  ];
}

/** Prometheus has loaded the rules without an error and reaches both processes of each service. */
export async function inspectTargets(env) {
  const ask = async (path) => {
    const url = `http://127.0.0.1:${env.NX_PROMETHEUS_PORT}/api/v1/${path}`;
    return (await (await fetch(url, { signal: AbortSignal.timeout(10_000) })).json()).data;
  };
  await waitFor(
    'six processes under Prometheus',
    async (note) => {
      const { activeTargets } = await ask('targets');
      const seen = activeTargets.map(({ labels, health, lastError }) => ({ job: labels.job, health, lastError }));
      note(seen);
      return seen.length === 6 && seen.every(({ health }) => health === 'up') ? true : null;
    },
    { timeoutMs: 90_000, everyMs: 1_000 },
  );
  const rules = (await ask('rules')).groups.flatMap((group) => group.rules);
  const broken = rules.filter(({ health }) => health === 'err');
  if (rules.length < 20 || broken.length > 0)
    throw new Error(`${rules.length} rules, broken: ${JSON.stringify(broken)}`);
}
