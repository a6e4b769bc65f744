/**
 * What mutation testing covers: the parts where a wrong character moves money or breaks a proof. `mutate` are the files
 * that get mutants, `tests` the folders whose tests have to notice them.
 */
export const GROUPS = {
  money: { mutate: ['libs/money/src/*.ts'], tests: ['libs/money'] },
  vat: {
    mutate: ['libs/e-invoice/src/{calculate-invoice,decimal,rounding,tax-rate}.ts'],
    tests: ['libs/e-invoice/src/*.test.ts'],
  },
  signatures: {
    mutate: [
      'libs/crypto/src/{hash,standard-webhooks,webhook-signature}.ts',
      'libs/mq-pay/src/providers/vnpay-qr-mms/checksum.ts',
    ],
    tests: ['libs/crypto', 'libs/mq-pay/src/providers'],
  },
  states: { mutate: ['libs/mq-pay/src/states/*.ts'], tests: ['libs/mq-pay'] },
  merge: { mutate: ['libs/mq-pay/src/evidence/*.ts'], tests: ['libs/mq-pay/src/evidence'] },
  posting: { mutate: ['libs/mq-pay/src/posting/*.ts'], tests: ['libs/mq-pay/src/posting'] },
};

/** The share of mutants, in percent, that the tests of each group have to find. */
export const REQUIRED_SCORE = 90;
