/** One row of the platform's service registry: what must be the same in code, images and manifests. */
export interface ServiceRegistration {
  readonly name: ServiceName;
  /** Code in the platform's registry; Kafka client and group ids derive from it. */
  readonly code: string;
  /** Port on a developer's machine. */
  readonly port: number;
  readonly basePath: string;
  /** Node ids as `id` or `from-to`, comma separated, for each run mode's pool. */
  readonly nodeIds: { readonly full: string; readonly api: string; readonly worker: string };
  readonly image: string;
}

export type ServiceName = 'payment' | 'invoice' | 'signal';

export const SERVICES: Readonly<Record<ServiceName, ServiceRegistration>> = {
  payment: {
    name: 'payment',
    code: 'SVC-00040-PAYMENT',
    port: 31040,
    basePath: '/v1/api/payment',
    nodeIds: { full: '4', api: '8,800-849', worker: '91-149' },
    image: 'nx-seller-payment',
  },
  invoice: {
    name: 'invoice',
    code: 'SVC-00150-INVOICE',
    port: 31140,
    basePath: '/v1/api',
    nodeIds: { full: '15,850-899', api: '15,850-899', worker: '151-199' },
    image: 'nx-seller-invoice',
  },
  signal: {
    name: 'signal',
    code: 'SVC-00090-SIGNAL',
    port: 31090,
    basePath: '/v1/api/signal',
    nodeIds: { full: '9,901-949', api: '9,901-949', worker: '9,901-949' },
    image: 'nx-seller-signal',
  },
};
