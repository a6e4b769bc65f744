interface Section {
  readonly neighbour: string;
  readonly about: string;
  /** Method, path, what it does. */
  readonly routes: readonly (readonly [string, string, string])[];
}

/** Everything the sandbox can be asked, for the page at `/`; a test compares it with the routes that exist. */
export const SURFACE: readonly Section[] = [
  {
    neighbour: 'identity',
    about: 'Signing keys and tokens. Personas: owner, cashier, employee, operator, admin, service, outsider.',
    routes: [
      ['GET', '/jw-certs', 'public keys (ES256)'],
      ['GET', '/identity/personas', 'the cast with its ids, which depend on the seed'],
      [
        'POST',
        '/identity/tokens',
        '{persona | claims, encrypted?: true|cbc|gcm, claimsSecret?, expiresInSeconds?} → {token, claims}; claims replace a persona’s',
      ],
      ['POST', '/identity/rotate-keys', '{withdrawOld?}: a new kid beside the old ones'],
      [
        'POST',
        '/identity/members',
        '{userId, merchantId?, organizerId?, role?, domain?, permission?, effect?}: writes the edges',
      ],
      ['DELETE', '/identity/members', 'the same body: soft deletes the edges'],
    ],
  },
  {
    neighbour: 'commerce',
    about:
      'Merchant rows and their change records. `record`: {withSchema?, metadataAs?: text|object, metadataUnavailable?, withBefore?, lsn?, tsMs?, copies?}.',
    routes: [
      ['POST', '/commerce/merchants', '{id?, organizerId, name, status?, tax?, metadata?, record?}: op c'],
      ['GET', '/commerce/merchants', 'all rows'],
      ['GET', '/commerce/merchants/:id', 'one row'],
      ['PATCH', '/commerce/merchants/:id', '{tax?, name?, status?, raw?, record?}: op u'],
      ['DELETE', '/commerce/merchants/:id', 'soft (op u); {hard: true}: op d and a tombstone'],
      ['POST', '/commerce/snapshot', '{ids?, record?}: op r for all rows'],
    ],
  },
  {
    neighbour: 'VNPAY QR-MMS',
    about: 'The merchant QR as on the wire, and the buyers’ phones.',
    routes: [
      ['POST', '/QRCreateAPIRestV2/rest/CreateQrcodeApi/createQrcode', 'wire: a QR (JSON under text/plain)'],
      ['POST', '/CheckTransaction/rest/api/CheckTrans', 'wire: was it paid'],
      ['POST', '/mms/refund', 'wire: refund'],
      [
        'POST',
        '/vnpay/qr-mms/merchants',
        '{merchantCode, terminalId, appId, secrets: text | {create, check, refund, callback}, masterMerCode?, callbackUrl?, merchantId?, active?, terminalActive?}',
      ],
      ['GET', '/vnpay/qr-mms/merchants', 'who is registered'],
      ['GET', '/vnpay/qr-mms/codes', 'QRs that were handed out'],
      ['GET', '/vnpay/qr-mms/payments', 'money taken, callbacks and their answers'],
      [
        'POST',
        '/vnpay/qr-mms/buyers/pay',
        '{txnId | qrContent, merchantCode?, amount?, realAmount?, bankCode?, paidAt?, decline?, again?, ignoreExpiry?, withoutQr?, callback?: send|hold|duplicate, wait?}',
      ],
      ['POST', '/vnpay/qr-mms/buyers/callback', '{txnId | qrTrace, forged?}: the callback again, or a forged one'],
    ],
  },
  {
    neighbour: 'VNPAY gateway',
    about: 'The pay page, the merchant API with its query limit, and the buyers in front of it.',
    routes: [
      ['GET', '/paymentv2/vpcpay.html', 'wire: the pay page of a pay link'],
      ['POST', '/paymentv2/confirm', 'the form of the pay page; leads back to the return address'],
      ['POST', '/merchant_webapi/api/transaction', 'wire: querydr and refund'],
      ['POST', '/vnpay/gateway/terminals', '{tmnCode, hashSecret, ipnUrl?, merchantId?, refunds?}'],
      ['GET', '/vnpay/gateway/terminals', 'who is registered'],
      ['GET', '/vnpay/gateway/orders', 'what pay links asked for'],
      ['GET', '/vnpay/gateway/payments', 'tries to pay, IPNs and their answers, refunds'],
      [
        'POST',
        '/vnpay/gateway/buyers/pay',
        '{payUrl | txnRef, ending?: paid|cancelled|expired|failed|suspicious|unfinished|reversed, amount?, responseCode?, bankCode?, paidAt?, again?, ipn?: send|hold|duplicate, wait?}',
      ],
      ['POST', '/vnpay/gateway/buyers/ipn', '{txnRef, forged?}: the IPN again, or a forged one'],
    ],
  },
  {
    neighbour: 'VNPAY e-invoice v6',
    about: 'The vendor’s API with its own books: gapless numbers per series, no older date, exact sums.',
    routes: [
      ['POST', '/user/client/token', 'wire: token'],
      ['POST', '/api/v6/vat/original', 'wire: issue; also /adjustment and /replacement'],
      [
        'POST',
        '/api/v6/vat/adjustment',
        'wire: with originalInvoiceSymbol, originalInvoiceNumber, originalInvoiceDate, reason?',
      ],
      ['POST', '/api/v6/vat/replacement', 'wire: as adjustment'],
      ['POST', '/api/v6/sale/original', 'wire: direct method, without tax members'],
      ['POST', '/api/v6/sale/adjustment', 'wire: as above'],
      ['POST', '/api/v6/sale/replacement', 'wire: as above'],
      ['GET', '/api/v6/invoices', 'wire: look-up by taxCode, invoiceDate, requestId'],
      ['GET', '/api/v6/invoices/pdf', 'wire: the PDF in base64'],
      ['POST', '/vnpay-invoice/clients', '{clientId, clientSecret, taxCode, symbols?, merchantId?}'],
      ['GET', '/vnpay-invoice/clients', 'who is registered'],
      ['GET', '/vnpay-invoice/invoices', 'what was issued'],
      ['DELETE', '/vnpay-invoice/tokens', 'all tokens are worthless from now on'],
    ],
  },
  {
    neighbour: 'sale',
    about: 'Orders, the webhook receiver, payment.success.',
    routes: [
      ['POST', '/v1/api/sale/webhooks/payment', 'receives payment’s webhooks; verifies signature, time and body'],
      ['GET', '/v1/api/sale/orders/:id', 'the order, for a bearer of a token'],
      [
        'POST',
        '/sale/orders',
        '{merchantId, organizerId?, saleChannelId?, items: [{name, quantity, unitPrice, discount?, taxRate?, unit?}], buyer?, options?: {shape, money, duplicates}} → {order}',
      ],
      ['GET', '/sale/orders', 'all, with webhooks and events'],
      ['GET', '/sale/orders/:id', 'one, with webhooks, events produced and findings'],
      ['POST', '/sale/orders/:id/produce', '{shape?, value?, key?}: payment.success by hand'],
      ['PUT', '/sale/settings', '{shape?: newer|older, money?: text|number, duplicates?}'],
      ['PUT', '/sale/webhook-secret', '{secret | secrets, add?}'],
      ['POST', '/sale/subscriber', '{mode: up|down|status, status?, retryAfter?}'],
      ['GET', '/sale/webhooks', 'refused deliveries, and those for unknown orders'],
    ],
  },
  {
    neighbour: 'faults and truth',
    about: 'Faults are decided by seed, target, key and the key’s n-th call, so a run can be repeated.',
    routes: [
      [
        'POST',
        '/faults',
        '{kind, target, probability?, count?, seed?, match?, ms?, status?, code?, amountDelta?, times?, visibleAfterMs?}',
      ],
      ['GET', '/faults', 'armed faults, kinds and targets'],
      ['DELETE', '/faults', 'disarms all'],
      ['DELETE', '/faults/:id', 'disarms one'],
      ['GET', '/truth', 'what was charged and issued against what the services say; ?merchantId=, ?all=false'],
      ['GET', '/settings', 'what can be changed while it runs'],
      [
        'PUT',
        '/settings',
        '{paymentUrl?, invoiceUrl?, signalUrl?, encryptedClaims?, callbackTries?, callbackRetryMs?, callbackTimeoutMs?, gatewayIpnTries?, gatewayIpnRetryMs?, gatewayQueryPauseMs?, gatewayRefundMs?, invoiceRefusesUnknownMembers?, invoiceTokenLifetimeMs?}',
      ],
      ['GET', '/healthz', 'alive, and whether Kafka and PostgreSQL are reached'],
      ['GET', '/', 'this page'],
    ],
  },
];
