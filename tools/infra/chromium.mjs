import { installPackages } from './packages.mjs';
import { findCommand } from './shell.mjs';

const PACKAGES = { apt: ['chromium'], dnf: ['chromium'], brew: ['chromium'] };
const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

const findChromium = () => NAMES.map((name) => findCommand(name)).find(Boolean);

/** A browser for the tests of what runs in browsers, installed first where that is possible. */
export async function ensureChromium(log) {
  if (!findChromium()) await installPackages('Chromium', 'tests in a real browser', PACKAGES, log);
  const binary = findChromium();
  if (!binary) throw new Error('Chromium was installed, but its program was not found');
  return binary;
}
