import { labelProblems } from './release.mjs';

const OURS = ['payment-api', 'invoice-worker', 'signal-1', 'sandbox'];

/**
 * What the spec asks of our images, of running containers.
 * @param {Record<string, string>} release variables of what was built, for the labels
 * @returns {[string, () => Promise<void>][]}
 */
export function inspectImages(docker, release) {
  const inside = async (service, ...command) => docker.compose(['exec', '-T', service, ...command]);
  return OURS.map((service) => [
    `${service}: no root, no shell, nothing to write, node and curl, its bill of materials`,
    async () => {
      await ends(inside(service, 'curl', '--version'), 0);
      await ends(inside(service, 'sh', '-c', 'true'), [126, 127, 1], 'a shell is in the image');
      const { uid, write, components } = JSON.parse((await ends(inside(service, 'node', '-e', LOOK), 0)).trim());
      if (uid !== 10_001) throw new Error(`it runs as ${uid}`);
      if (write !== 'EROFS') throw new Error(`a file could be written (${write})`);
      if (components < 15) throw new Error(`the bill of materials has ${components} components`);
      const id = (await docker.compose(['ps', '-q', service])).output.trim();
      const labels = JSON.parse((await docker.docker(['inspect', '--format', '{{json .Config.Labels}}', id])).output);
      const [wrong] = labelProblems(labels, release);
      if (wrong !== undefined) throw new Error(wrong);
    },
  ]).concat([
    [
      'payment-api: commands and scripts of the old platform answer',
      async () => {
        await ends(inside('payment-api', 'node', 'scripts/list-failed-refunds.js', '--all'), 0);
        await ends(inside('payment-api', 'node', 'dist/ops', 'ledger', 'verify'), 0);
      },
    ],
  ]);
}

const LOOK = `
const fs = require('node:fs');
let write = 'written';
try { fs.writeFileSync('/app/x', ''); } catch (error) { write = error.code; }
const { components } = JSON.parse(fs.readFileSync('/app/sbom.json', 'utf8'));
process.stdout.write(JSON.stringify({ uid: process.getuid(), write, components: components.length }));
`;

async function ends(running, codes, otherwise) {
  const { code, output } = await running;
  if (![codes].flat().includes(code)) throw new Error(`${otherwise ?? `it ended with ${code}`}: ${output}`);
  return output;
}
