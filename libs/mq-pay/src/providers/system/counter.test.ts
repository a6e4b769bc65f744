import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TRANSACTION_MACHINE } from '../../states/machines';
import { statesOf } from '../../states/machine';
import type { PaymentMethod } from '../../provider';
import { counterMoneyRefusal, receiveCounterMoney } from './counter';

describe('receiveCounterMoney', () => {
  it.each<[string, PaymentMethod, bigint, string | undefined, object]>([
    ['exact cash', '000_CASH', 100n, undefined, { accepted: true, changeMinor: 0n }],
    ['cash with change', '000_CASH', 150n, undefined, { accepted: true, changeMinor: 50n }],
    ['too little cash', '000_CASH', 99n, undefined, { accepted: false, problem: 'TENDERED_TOO_LITTLE' }],
    ['an exact transfer', '200_BANK_TRANSFER', 100n, 'FT1', { accepted: true, changeMinor: 0n }],
    ['a larger transfer', '200_BANK_TRANSFER', 101n, 'FT1', { accepted: false, problem: 'TENDERED_NOT_AMOUNT' }],
    ['a smaller transfer', '200_BANK_TRANSFER', 99n, 'FT1', { accepted: false, problem: 'TENDERED_NOT_AMOUNT' }],
    [
      'a transfer of nobody',
      '200_BANK_TRANSFER',
      100n,
      undefined,
      { accepted: false, problem: 'BANK_REFERENCE_MISSING' },
    ],
    ['a transfer with a blank', '200_BANK_TRANSFER', 100n, ' ', { accepted: false, problem: 'BANK_REFERENCE_MISSING' }],
    ['a QR', '100_QR_CODE', 100n, 'FT1', { accepted: false, problem: 'METHOD_NOT_AT_COUNTER' }],
    ['a card', '500_CARD', 100n, undefined, { accepted: false, problem: 'METHOD_NOT_AT_COUNTER' }],
  ])('takes or refuses %s', (_what, method, tenderedMinor, bankReference, result) => {
    const receipt = { method, amountMinor: 100n, tenderedMinor };
    expect(receiveCounterMoney(bankReference === undefined ? receipt : { ...receipt, bankReference })).toEqual(result);
  });

  it('gives back what is too much, whatever the sums', () => {
    const money = fc.bigInt({ min: 0n, max: 10n ** 12n });
    fc.assert(
      fc.property(money, money, (amountMinor, tenderedMinor) => {
        const result = receiveCounterMoney({ method: '000_CASH', amountMinor, tenderedMinor });
        expect(result.accepted).toBe(tenderedMinor >= amountMinor);
        if (result.accepted) expect(amountMinor + result.changeMinor).toBe(tenderedMinor);
      }),
    );
  });
});

describe('counterMoneyRefusal', () => {
  it.each(statesOf(TRANSACTION_MACHINE))('knows whether %s takes money', (transactionStatus) => {
    const open = transactionStatus === '100_NEW' || transactionStatus === '300_PARTIAL';
    const ask = (amountMinor: bigint) => counterMoneyRefusal({ transactionStatus, dueMinor: 100n, amountMinor });
    expect(ask(100n)).toBe(open ? null : 'TRANSACTION_CLOSED');
    expect(ask(101n)).toBe(open ? 'MORE_THAN_DUE' : 'TRANSACTION_CLOSED');
    expect(ask(1n)).toBe(open ? null : 'TRANSACTION_CLOSED');
  });
});
