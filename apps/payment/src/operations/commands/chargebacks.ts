import { table, textOf, type Command } from '@nx/ops';
import type { ChargebackPage } from '../../chargebacks/chargeback.dto';
import { amountText } from '../why/sentence';

export const CHARGEBACKS_LIST: Command = {
  name: 'chargebacks list',
  usage: 'chargebacks list [--status=OPEN|SUBMITTED|WON|LOST]',
  about: 'lists payments that buyers contest, with the day until which evidence is due; by default those that are OPEN',
  options: { status: { type: 'string' } },
  positionals: 0,
  service: 'reads',
  run: async ({ service }, input) => {
    const status = textOf(input, 'status') ?? 'OPEN';
    const answer = await service({ method: 'GET', path: '/operations/chargebacks', query: { status, limit: '200' } });
    const { data } = answer.body as ChargebackPage;
    const cells = data.map((row) => [
      row.dueAt ?? '',
      row.id,
      row.status,
      row.provider,
      row.chargebackReference,
      row.transactionId,
      row.merchantId,
      amountText(BigInt(row.amount), row.currency),
      row.reason,
    ]);
    const heads = ['due', 'chargeback', 'status', 'provider', 'case', 'transaction', 'merchant', 'amount', 'reason'];
    return {
      finding: status === 'OPEN' && data.length > 0,
      json: { chargebacks: data },
      lines: data.length === 0 ? [`no chargeback is ${status}`] : table(heads, cells, new Set([7])),
    };
  },
};
