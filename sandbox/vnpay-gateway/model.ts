/** A terminal as VNPAY has registered it; the IPN address belongs to it and is never sent in a request. */
export interface GatewayTerminal {
  readonly tmnCode: string;
  readonly hashSecret: string;
  readonly ipnUrl: string | undefined;
  /** The platform's id of this merchant, so that GET /truth knows whose transactions to ask for. */
  readonly merchantId: string | undefined;
  /** VNPAY enables refunds per terminal. */
  readonly refunds: boolean;
}

/** What a pay link asked for. */
export interface GatewayOrder {
  readonly tmnCode: string;
  readonly txnRef: string;
  /** đồng × 100, as on the wire. */
  readonly amount: number;
  readonly createDate: string;
  /** Epoch milliseconds; null = never. */
  readonly expiresAt: number | null;
  readonly orderInfo: string;
  readonly returnUrl: string;
}

/** 00 paid · 01 not finished · 02 failed · 04 reversed · 07 suspected fraud. */
export type GatewayStatus = '00' | '01' | '02' | '04' | '07';

export interface GatewayRefund {
  readonly transactionNo: string;
  readonly requestId: string;
  readonly type: '02' | '03';
  /** đồng × 100. */
  readonly amount: number;
  /** 05 with VNPAY · 06 sent to the bank · 09 rejected. */
  readonly status: '05' | '06' | '09';
  readonly at: number;
}

export interface IpnTry {
  readonly at: number;
  readonly forged: boolean;
  readonly httpStatus: number | undefined;
  readonly answer: unknown;
  readonly error: string | undefined;
}

/** A buyer's try to pay an order: with money taken where the status is 00, 04 or 07. */
export interface GatewayPayment {
  readonly transactionNo: string;
  readonly tmnCode: string;
  readonly txnRef: string;
  readonly createDate: string;
  readonly amount: number;
  readonly responseCode: string;
  readonly status: GatewayStatus;
  readonly bankCode: string;
  readonly cardType: string;
  readonly orderInfo: string;
  readonly paidAt: number;
  readonly refunds: readonly GatewayRefund[];
  readonly ipns: readonly IpnTry[];
}
