import { table, type Command } from '@nx/ops';
import { verifyTrails } from '../../invoices/verify-trails';

const INVOICES_PER_LINE = 10_000;

/** `invoice audit verify`: the audit chains of all invoices. */
export const AUDIT_VERIFY: Command = {
  name: 'invoice audit verify',
  usage: 'invoice audit verify',
  about: 'recomputes the audit chain of every invoice and names what was changed, removed or inserted',
  options: {},
  positionals: 0,
  run: async ({ database, progress }) => {
    let told = 0;
    const report = await verifyTrails(database, (invoices) => {
      if (invoices < told + INVOICES_PER_LINE) return;
      told = invoices;
      progress?.(`${invoices} invoices verified`);
    });
    const { invoices, rows, findings, unnamed } = report;
    const count = findings.length + unnamed;
    const cells = findings.map(({ code, invoiceId, position }) => [code, invoiceId, position ?? '-']);
    return {
      finding: count > 0,
      json: { ok: count === 0, ...report },
      lines: [
        `${invoices} invoices, ${rows} audit rows: ${count === 0 ? 'in order' : `${count} finding(s)`}`,
        ...(count === 0 ? [] : table(['finding', 'invoice', 'row'], cells)),
        ...(unnamed === 0 ? [] : [`and ${unnamed} more`]),
      ],
    };
  },
};
