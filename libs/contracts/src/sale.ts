/** What the sale service produces on `payment.success`. Money is a decimal text or number with up to four places. */

export type SaleMoney = string | number;

export interface SaleOrderItem {
  readonly id: string;
  readonly itemType?: string;
  readonly name: string;
  readonly unit?: string;
  readonly quantity: SaleMoney;
  readonly unitPrice: SaleMoney;
  readonly discount: SaleMoney;
  readonly tax: SaleMoney;
  readonly taxRate?: SaleMoney;
  readonly total: SaleMoney;
}

export interface SaleBuyer {
  readonly taxCode?: string;
  readonly name?: string;
  readonly legalName?: string;
  readonly address?: string;
  readonly email?: string;
  readonly phone?: string;
  readonly personalId?: string;
}

export interface SaleOrder {
  readonly id: string;
  readonly number: string;
  readonly status: '001_DRAFT' | '203_PROCESSING' | '300_PARTIAL' | '303_COMPLETED' | '505_CANCELLED';
  readonly merchantId: string;
  readonly organizerId?: string;
  readonly saleChannelId: string;
  readonly currency: string;
  readonly subtotal: SaleMoney;
  readonly discount: SaleMoney;
  readonly tax: SaleMoney;
  readonly total: SaleMoney;
  readonly items: readonly SaleOrderItem[];
  readonly buyer?: SaleBuyer;
}

/** The newer shape. */
export interface PaymentSuccessRecord {
  readonly order: SaleOrder;
  readonly payment: {
    readonly total: SaleMoney;
    readonly paid: SaleMoney;
    readonly currency: string;
    readonly isFullyPaid: boolean;
    readonly paidAt: string;
    readonly attempt: {
      readonly id: string;
      readonly uid: string;
      readonly provider: string;
      readonly method: string;
      readonly amount: SaleMoney;
    };
  };
  readonly actor?: { readonly id: string; readonly name: string; readonly type: string };
}

/** The older shape: no items; they are asked from sale. */
export interface LegacyPaymentSuccessRecord {
  readonly saleOrderId: string;
  readonly saleOrderNumber: string;
  readonly saleOrderStatus: string;
  readonly merchantId: string;
  readonly saleChannelId: string;
  readonly payment: {
    readonly total: SaleMoney;
    readonly paid: SaleMoney;
    readonly currency: string;
    readonly isFullyPaid: boolean;
    readonly paidAt: string;
    readonly financeWalletId?: string;
  };
}
