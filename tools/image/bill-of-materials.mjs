/**
 * The bill of materials of an image as CycloneDX 1.6, from the entries of package-lock.json that were copied into it. The same
 * input gives the same bytes: it carries no time and no random serial number.
 * @param {{name: string, version: string}} image
 * @param {Record<string, object>} locked `packages` of package-lock.json
 * @param {string[]} paths such as `node_modules/pg`
 */
export function billOfMaterials({ name, version }, locked, paths) {
  const components = new Map();
  for (const path of paths) {
    const component = componentOf(path.split('node_modules/').at(-1), locked[path]);
    components.set(component['bom-ref'], component);
  }
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: { type: 'application', 'bom-ref': `${name}@${version}`, name, version } },
    components: [
      { type: 'platform', 'bom-ref': 'node', name: 'node', version: process.versions.node },
      ...[...components.values()].sort((left, right) => (left['bom-ref'] < right['bom-ref'] ? -1 : 1)),
    ],
  };
}

/** Names and versions as https://github.com/package-url/purl-spec writes them. */
function componentOf(name, { version, integrity, license }) {
  const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`;
  const [, algorithm, digest] = /^(sha\d+)-(.+)$/.exec(integrity ?? '') ?? [];
  return {
    type: 'library',
    'bom-ref': purl,
    name,
    version,
    purl,
    ...(digest && { hashes: [{ alg: algorithm.replace('sha', 'SHA-'), content: hexOf(digest) }] }),
    ...(license && {
      licenses: [/ (OR|AND) |\(/.test(license) ? { expression: license } : { license: { name: license } }],
    }),
  };
}

const hexOf = (base64) => Buffer.from(base64, 'base64').toString('hex');
