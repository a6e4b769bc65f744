import { lost, type Offence } from './offence';
import type { World } from './world';

/** What commerce says last of a merchant's taxes is what stands on the next invoice. */
export function judgeTaxes({ truth, records }: World): Offence[] {
  const known = new Map(records.taxes.map(({ merchant, address }) => [merchant, address]));
  return truth.taxes
    .filter(({ merchant, address }) => known.get(merchant) !== address)
    .map(({ merchant, address }) =>
      lost(merchant, `commerce says "${address ?? ''}", the invoices say "${known.get(merchant) ?? ''}"`),
    );
}
