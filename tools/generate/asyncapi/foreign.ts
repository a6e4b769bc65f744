import type {
  LegacyPaymentSuccessRecord,
  MerchantChange,
  MerchantRow,
  PaymentSuccessRecord,
  SaleBuyer,
  SaleOrder,
  SaleOrderItem,
} from '@nx/contracts';
import { anyObject, listOf, nullable, oneOfTexts, saleMoney, shape, text, type Schema } from './schema';

/** Records that neighbours produce and we consume. */

const item = shape<SaleOrderItem>({
  properties: {
    id: text(),
    itemType: text(),
    name: text(),
    unit: text(),
    quantity: saleMoney,
    unitPrice: saleMoney,
    discount: saleMoney,
    tax: saleMoney,
    taxRate: saleMoney,
    total: saleMoney,
  },
  optional: { itemType: true, unit: true, taxRate: true },
});

const buyer = shape<SaleBuyer>({
  properties: {
    taxCode: text(),
    name: text(),
    legalName: text(),
    address: text(),
    email: text(),
    phone: text(),
    personalId: text(),
  },
  optional: {
    taxCode: true,
    name: true,
    legalName: true,
    address: true,
    email: true,
    phone: true,
    personalId: true,
  },
});

const order = shape<SaleOrder>({
  properties: {
    id: text(),
    number: text(),
    status: oneOfTexts(['001_DRAFT', '203_PROCESSING', '300_PARTIAL', '303_COMPLETED', '505_CANCELLED']),
    merchantId: text(),
    organizerId: text(),
    saleChannelId: text(),
    currency: text('ISO 4217.'),
    subtotal: saleMoney,
    discount: saleMoney,
    tax: saleMoney,
    total: saleMoney,
    items: listOf(item),
    buyer,
  },
  optional: { organizerId: true, buyer: true },
});

const attempt = shape<PaymentSuccessRecord['payment']['attempt']>({
  properties: { id: text(), uid: text(), provider: text(), method: text(), amount: saleMoney },
  optional: {},
});

const actor = shape<NonNullable<PaymentSuccessRecord['actor']>>({
  properties: { id: text(), name: text(), type: text() },
  optional: {},
});

const newer = shape<PaymentSuccessRecord>({
  properties: {
    order,
    payment: shape<PaymentSuccessRecord['payment']>({
      properties: {
        total: saleMoney,
        paid: saleMoney,
        currency: text('ISO 4217.'),
        isFullyPaid: { type: 'boolean' },
        paidAt: text(),
        attempt,
      },
      optional: {},
    }),
    actor,
  },
  optional: { actor: true },
});

const older = shape<LegacyPaymentSuccessRecord>({
  description: 'Without items; invoice asks sale for them.',
  properties: {
    saleOrderId: text(),
    saleOrderNumber: text(),
    saleOrderStatus: text(),
    merchantId: text(),
    saleChannelId: text(),
    payment: shape<LegacyPaymentSuccessRecord['payment']>({
      properties: {
        total: saleMoney,
        paid: saleMoney,
        currency: text('ISO 4217.'),
        isFullyPaid: { type: 'boolean' },
        paidAt: text(),
        financeWalletId: text(),
      },
      optional: { financeWalletId: true },
    }),
  },
  optional: {},
});

export const paymentSuccess: Schema = { oneOf: [newer, older] };

const merchantRow = shape<MerchantRow>({
  properties: {
    id: text(),
    organizer_id: nullable(text()),
    name: text(),
    status: text(),
    metadata: { description: 'An object, its JSON text, or `__debezium_unavailable_value`.' },
    deleted_at: {},
    modified_at: {},
  },
  optional: {},
});

const rowOrNull: Schema = { ...merchantRow, type: ['object', 'null'] };

export const merchantChange = shape<MerchantChange>({
  description: "Debezium's envelope, with or without the schema around it. A null value is a tombstone.",
  properties: {
    op: oneOfTexts(['c', 'r', 'u', 'd', 't', 'm'] satisfies MerchantChange['op'][]),
    before: rowOrNull,
    after: rowOrNull,
    source: anyObject,
    ts_ms: { type: 'integer' },
  },
  optional: { source: true, ts_ms: true },
});
