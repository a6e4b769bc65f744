import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { localPath, ROOT } from '../infra/paths.mjs';
import { render, RenderError } from './render';

const folder = localPath('broken-manifests', String(process.pid));
const named = relative(ROOT, folder);

/** A folder of manifests with this content, as `render` names it. */
function manifests(files: Readonly<Record<string, string>>): string {
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return named;
}

/** Folders that rendering has left behind, of this process. */
function left(): readonly string[] {
  const around = localPath('manifests');
  return existsSync(around) ? readdirSync(around).filter((name) => name.endsWith(`-${process.pid}`)) : [];
}

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const LIST = 'resources: [settings.yaml]\n';
const SETTINGS = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: settings }\n';

describe('manifests that do not render', () => {
  it.each([
    {
      what: 'a manifest is no YAML',
      files: { 'kustomization.yaml': LIST, 'settings.yaml': `${SETTINGS}  - data: [\n` },
      says: /settings\.yaml.*yaml: line \d+.*; correct the YAML at that line$/,
    },
    {
      what: 'the kustomization is no YAML',
      files: { 'kustomization.yaml': 'resources: [\n' },
      says: /yaml: line \d+: .*; correct the YAML at that line$/,
    },
    {
      what: 'a manifest is not there',
      files: { 'kustomization.yaml': LIST },
      says: /\/settings\.yaml is not there; correct the name in the kustomization\.yaml that lists it$/,
    },
    {
      what: 'a key is misspelt',
      files: { 'kustomization.yaml': 'resource: [settings.yaml]\n' },
      says: /unknown field .*resource.*; correct the spelling of the field$/,
    },
    {
      what: 'a patch changes nothing',
      files: {
        'kustomization.yaml': `${LIST}patches:\n  - patch: |-\n      { apiVersion: v1, kind: ConfigMap, metadata: { name: other } }\n`,
        'settings.yaml': SETTINGS,
      },
      says: /other.*; let the patch name an object that is there$/,
    },
    {
      what: 'something else is wrong',
      files: { 'kustomization.yaml': `${LIST}namePrefix: [x]\n`, 'settings.yaml': SETTINGS },
      says: /; see all of it: kubectl kustomize \S+broken-manifests\/\d+$/,
    },
  ])('are told in one sentence with the remedy, and leave nothing: $what', async ({ files, says }) => {
    const rendered = render(manifests(files));
    await expect(rendered).rejects.toThrow(RenderError);
    await expect(rendered).rejects.toThrow(says);
    await expect(rendered).rejects.toThrow(new RegExp(`^${named} does not render: [^\\n]+$`));
    expect(left()).toEqual([]);
  });

  it('are told by name when there is no such folder', async () => {
    await expect(render('k8s/overlays/nowhere')).rejects.toThrow(
      'k8s/overlays/nowhere does not render: k8s/overlays/nowhere is not there; correct the name in the kustomization.yaml that lists it',
    );
    expect(left()).toEqual([]);
  });

  it('leave nothing when they do render', async () => {
    const [settings] = await render(manifests({ 'kustomization.yaml': LIST, 'settings.yaml': SETTINGS }));
    expect(settings).toMatchObject({ kind: 'ConfigMap', metadata: { name: 'settings' } });
    expect(left()).toEqual([]);
  });
});
