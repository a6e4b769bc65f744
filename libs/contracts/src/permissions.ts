/**
 * Every permission a route can ask for, as `<Resource>.<action>`. A grant may name one of these or
 * `<Resource>.*`. Routes use this enum alone, so reading it gives the list of what can be granted.
 */
export enum Permission {
  TransactionCreate = 'Transaction.create',
  TransactionRead = 'Transaction.read',
  TransactionUpdate = 'Transaction.update',
  TransactionExecute = 'Transaction.execute',
  RefundCreate = 'Refund.create',
  RefundRead = 'Refund.read',
  ApprovalRead = 'Approval.read',
  ApprovalExecute = 'Approval.execute',
  ConfigurationCreate = 'Configuration.create',
  ConfigurationRead = 'Configuration.read',
  ConfigurationUpdate = 'Configuration.update',
  ConfigurationDelete = 'Configuration.delete',
  ConfigurationExecute = 'Configuration.execute',
  WebhookConfigCreate = 'WebhookConfig.create',
  WebhookConfigRead = 'WebhookConfig.read',
  WebhookConfigUpdate = 'WebhookConfig.update',
  WebhookConfigDelete = 'WebhookConfig.delete',
  WebhookConfigExecute = 'WebhookConfig.execute',
  InvoiceCreate = 'Invoice.create',
  InvoiceRead = 'Invoice.read',
  InvoiceUpdate = 'Invoice.update',
  InvoiceExecute = 'Invoice.execute',
  InvoiceFindingRead = 'InvoiceFinding.read',
  InvoiceFindingUpdate = 'InvoiceFinding.update',
  InvoiceProviderCreate = 'InvoiceProvider.create',
  InvoiceProviderRead = 'InvoiceProvider.read',
  InvoiceProviderUpdate = 'InvoiceProvider.update',
  InvoiceProviderDelete = 'InvoiceProvider.delete',
  InvoiceProviderExecute = 'InvoiceProvider.execute',
  TaxInfoRead = 'TaxInfo.read',
  TaxInfoExecute = 'TaxInfo.execute',
  SocketRead = 'Socket.read',
  SocketExecute = 'Socket.execute',
  RoomRead = 'Room.read',
  QueueRead = 'Queue.read',
  QueueExecute = 'Queue.execute',
  HealthRead = 'Health.read',
  DeadLetterRead = 'DeadLetter.read',
  DeadLetterExecute = 'DeadLetter.execute',
  PaymentFindingRead = 'PaymentFinding.read',
  PaymentFindingExecute = 'PaymentFinding.execute',
  ResolutionRead = 'Resolution.read',
  ResolutionExecute = 'Resolution.execute',
}

export const PERMISSIONS: readonly Permission[] = Object.values(Permission);

/** Role identifiers of the platform; the number is the priority. */
export const ROLES = {
  superAdmin: '999_super-admin',
  admin: '900_admin',
  service: '700_service',
  operator: '600_operator',
  owner: '500_owner',
  organizerOwner: '500_organizer-owner',
  cashier: '110_cashier',
  employee: '100_employee',
  customer: '010_customer',
  guest: '001_guest',
} as const;

const OWNED = ['Transaction', 'Refund', 'Configuration', 'WebhookConfig', 'Invoice', 'InvoiceProvider', 'TaxInfo'];

/** What each role may do before an administrator changes it; `migrate` seeds these once. */
export const DEFAULT_GRANTS: Readonly<Record<string, readonly string[]>> = {
  [ROLES.owner]: [...OWNED.map((resource) => `${resource}.*`), Permission.InvoiceFindingRead],
  [ROLES.organizerOwner]: [...OWNED.map((resource) => `${resource}.*`), Permission.InvoiceFindingRead],
  [ROLES.cashier]: [
    Permission.TransactionCreate,
    Permission.TransactionRead,
    Permission.TransactionUpdate,
    Permission.TransactionExecute,
    Permission.RefundCreate,
    Permission.RefundRead,
    Permission.InvoiceCreate,
    Permission.InvoiceRead,
    Permission.InvoiceExecute,
    Permission.TaxInfoRead,
  ],
  [ROLES.employee]: [Permission.TransactionRead, Permission.RefundRead, Permission.InvoiceRead, Permission.TaxInfoRead],
  [ROLES.operator]: [
    'Socket.*',
    'Queue.*',
    'Health.*',
    'DeadLetter.*',
    'PaymentFinding.*',
    'Resolution.*',
    'Approval.*',
    'InvoiceFinding.*',
    Permission.RoomRead,
    Permission.TransactionRead,
    Permission.RefundRead,
    Permission.InvoiceRead,
    Permission.TaxInfoRead,
    Permission.TaxInfoExecute,
  ],
  [ROLES.service]: [
    Permission.TransactionCreate,
    Permission.TransactionRead,
    Permission.TransactionUpdate,
    Permission.RefundCreate,
    Permission.RefundRead,
    Permission.InvoiceCreate,
    Permission.InvoiceRead,
    // Sale reports what was returned.
    Permission.InvoiceUpdate,
    Permission.RoomRead,
  ],
};
