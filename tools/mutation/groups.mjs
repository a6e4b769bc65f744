const CRYPTO = 'libs/crypto/src';
const ENGINE = 'libs/mq-pay/src';
const INVOICE = 'libs/e-invoice/src';

/**
 * What mutation testing covers: the parts where a wrong character moves money or breaks a proof. `mutate` are the files
 * that get mutants, `tests` those whose tests have to notice them; the closer they are, the sooner a run ends.
 */
export const GROUPS = {
  money: { mutate: ['libs/money/src/*.ts'], tests: ['libs/money/src/*.test.ts'] },
  vat: {
    mutate: [
      `${INVOICE}/calculation/{calculate-invoice,change-prices,decimal,line-share,negate-invoice,price-lines,return-goods,rounding,sum-lines,tax-rate}.ts`,
    ],
    tests: [`${INVOICE}/calculation/{calculate-invoice*,change-prices,decimal,return-goods,rounding,tax-rate}.test.ts`],
  },
  webhooks: {
    mutate: [`${CRYPTO}/{hash,standard-webhook-keys,standard-webhooks,webhook-rules,webhook-signature}.ts`],
    tests: [`${CRYPTO}/{hash,standard-webhooks,webhook-signature}.test.ts`],
  },
  gateway: {
    mutate: [`${ENGINE}/providers/vnpay-gateway/{form-encoding,secure-hash,vnp-parameters}.ts`],
    tests: [
      `${ENGINE}/providers/vnpay-gateway/{encoding,callback,notification,npm-vnpay,pay-message,vnp-parameters}.test.ts`,
    ],
  },
  'qr-mms': {
    mutate: [`${ENGINE}/providers/vnpay-qr-mms/checksum.ts`],
    tests: [`${ENGINE}/providers/vnpay-qr-mms/*.test.ts`],
  },
  xmldsig: {
    mutate: [`${INVOICE}/signature/*.ts`],
    tests: [`${INVOICE}/signature/*.test.ts`],
  },
  states: { mutate: [`${ENGINE}/states/*.ts`], tests: [`${ENGINE}/states/*.test.ts`] },
  merge: { mutate: [`${ENGINE}/evidence/*.ts`], tests: [`${ENGINE}/evidence/*.test.ts`] },
  refunds: {
    mutate: [`${ENGINE}/{refunds,chargebacks}/*.ts`],
    tests: [`${ENGINE}/{refunds,chargebacks}/*.test.ts`],
  },
  posting: { mutate: [`${ENGINE}/posting/*.ts`], tests: [`${ENGINE}/posting/*.test.ts`] },
};

/** The share of mutants, in percent, that the tests of each group have to find. */
export const REQUIRED_SCORE = 90;
