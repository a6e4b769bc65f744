import { SERVICES } from '../environment.mjs';

const PORTS = { payment: 'NX_PAYMENT_PORT', invoice: 'NX_INVOICE_PORT', signal: 'NX_SIGNAL_PORT' };

/**
 * Where a composed system answers, in the shape of `.local/endpoints.json`: through Traefik where it runs, else at the ports
 * of the services themselves. `inside` are the addresses under which the containers know each other.
 * @param {Record<string, string | undefined>} env of compose
 * @param {string[]} services that run
 */
export function composeEndpoints(env, services) {
  const at = (variable, fallback) => `http://127.0.0.1:${env[variable] || fallback}`;
  const front = services.includes('traefik') ? at('NX_HTTP_PORT', 8080) : null;
  const urlOf = (service) => front ?? at(PORTS[service], SERVICES[service].port);
  const entry = { payment: 'payment-api', invoice: 'invoice-api', signal: 'signal-1' };
  const admin = `postgresql://nx_admin:${env.NX_POSTGRES_PASSWORD}@127.0.0.1:${env.NX_POSTGRES_PORT || 5432}/nx_seller`;
  return {
    ...Object.fromEntries(Object.keys(SERVICES).map((service) => [service, urlOf(service)])),
    sandbox: at('NX_SANDBOX_PORT', 31_900),
    inside: {
      sandbox: 'http://sandbox:31900',
      payment: `http://${front ? 'traefik' : 'payment-api:3000'}${SERVICES.payment.basePath}`,
    },
    processes: Object.entries(entry).map(([service, name]) => {
      const logs = `docker compose logs ${name}`;
      return { name, service, mode: 'api', baseUrl: `${urlOf(service)}${SERVICES[service].basePath}`, logFile: logs };
    }),
    database: { name: 'nx_seller', adminUrl: admin },
  };
}
