const { createRequire, isBuiltin } = require('node:module');
const { join } = require('node:path');
const { rspack } = require('@rspack/core');
const { packages: LOCKED } = require('../../package-lock.json');

/** What stays outside a bundle, to be loaded from node_modules as the process runs. */
const OUTSIDE = [
  // Loaded only where traces are sent, with what it needs; and what it watches, which it must see being loaded.
  /^@(opentelemetry|grpc)\//,
  /^(pg|ioredis|kafkajs)$/,
  // These read files of their own: pages, fonts, tables of letters, machine code.
  /^(swagger-ui-dist|@bull-board\/ui|dejavu-fonts-ttf|pdfmake|msgpackr-extract)$/,
];

const nameOf = (request) => /^(@[^/]+\/[^/]+|[^@./][^/]*)/.exec(request)?.[0];
const isOutside = (name) => OUTSIDE.some((pattern) => pattern.test(name));

/**
 * For `externals`: leaves what stands in `OUTSIDE` where it is, and what a package would like to have and no product of ours
 * brings, for it to find out as it runs. What our own code asks for has to be there.
 */
function leaveOutside({ context, request }, callback) {
  const name = nameOf(request);
  if (name === undefined || request.startsWith('@nx/') || isBuiltin(request)) return callback();
  if (isOutside(name) || (folderOf(context) !== undefined && !isProductive(context, request)))
    return callback(null, `commonjs ${request}`);
  callback();
}

/** Whether it is installed, and not for the development alone. */
function isProductive(context, request) {
  try {
    const folder = folderOf(createRequire(join(context, 'any.js')).resolve(request));
    return LOCKED[folder]?.dev !== true;
  } catch {
    return false;
  }
}

/** Such as `node_modules/pg`, as package-lock.json names it; undefined for a file of ours. */
function folderOf(file) {
  const path = /node_modules\/.*/.exec(file)?.[0];
  return path && /^(.*node_modules\/)?(@[^/]+\/)?[^/]+/.exec(path)[0];
}

/** Adds `packages.json` to a bundle: `inside`, folders of the packages that came in; `outside`, names of those that did not. */
class ListPackages {
  apply(compiler) {
    compiler.hooks.thisCompilation.tap('ListPackages', (compilation) => {
      compilation.hooks.processAssets.tap('ListPackages', (assets) => {
        const modules = [...compilation.modules];
        const inside = modules.map(({ resource }) => folderOf(resource ?? '')).filter((folder) => folder !== undefined);
        const outside = [...modules.flatMap(requestOf), ...Object.values(assets).flatMap(filesNamedIn)]
          .map(nameOf)
          .filter((name) => name !== undefined && isOutside(name));
        const text = JSON.stringify({ inside: sorted(inside), outside: sorted(outside) }, null, 2);
        compilation.emitAsset('packages.json', new rspack.sources.RawSource(`${text}\n`));
      });
    });
  }
}

const requestOf = (module) => /^external .*"(.+)"$/.exec(module.identifier())?.[1] ?? [];
/** Who reads files of a package asks Node where it is, sometimes in a text that no bundler understands. */
const filesNamedIn = (asset) =>
  [
    ...asset
      .source()
      .toString()
      .matchAll(/require\.resolve\(['"`]([^'"`]+)/g),
  ].map(([, request]) => request);
const sorted = (names) => [...new Set(names)].sort();

module.exports = { ListPackages, leaveOutside };
