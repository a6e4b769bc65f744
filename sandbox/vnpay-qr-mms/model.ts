export interface QrSecrets {
  readonly create: string;
  readonly check: string;
  readonly refund: string;
  readonly callback: string;
}

/** A merchant as VNPAY has registered it. */
export interface QrMerchant {
  readonly merchantCode: string;
  readonly masterMerCode: string;
  readonly terminalId: string;
  readonly appId: string;
  readonly secrets: QrSecrets;
  readonly callbackUrl: string | undefined;
  /** The platform's id of this merchant, so that GET /truth knows whose transactions to ask for. */
  readonly merchantId: string | undefined;
  readonly city: string;
  readonly storeLabel: string;
  readonly active: boolean;
  readonly terminalActive: boolean;
}

/** A QR that was handed out. */
export interface QrCode {
  readonly idQrcode: string;
  readonly merchantCode: string;
  readonly masterMerCode: string;
  readonly terminalId: string;
  readonly merchantType: string;
  /** What the callback calls txnId: the bill number, or the txnId of payType 01. */
  readonly reference: string;
  readonly amount: number;
  /** Epoch milliseconds; null = never. */
  readonly expiresAt: number | null;
  readonly qrContent: string;
  readonly createdAt: number;
}

export interface QrRefund {
  readonly refundTxnId: string;
  readonly qrTraceRefund: string;
  readonly typeRefund: '1' | '2';
  readonly amount: number;
  readonly refundedAt: number;
}

export interface CallbackTry {
  readonly at: number;
  readonly forged: boolean;
  readonly amount: string;
  readonly httpStatus: number | undefined;
  readonly answer: unknown;
  readonly error: string | undefined;
}

/** Money that a buyer's bank has taken, or a try that it declined. */
export interface QrPayment {
  readonly qrTrace: string;
  readonly status: 'PAID' | 'DECLINED';
  readonly code: string;
  readonly message: string;
  readonly merchantCode: string;
  readonly masterMerCode: string;
  readonly terminalId: string;
  readonly merchantType: string;
  readonly txnId: string;
  readonly amount: number;
  /** What the bank took after a promotion. */
  readonly realAmount: number;
  readonly bankCode: string;
  readonly mobile: string;
  readonly accountNo: string;
  readonly paidAt: number;
  readonly refunds: readonly QrRefund[];
  readonly callbacks: readonly CallbackTry[];
}
