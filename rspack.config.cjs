const { existsSync } = require('node:fs');
const { join } = require('node:path');
const nodeExternals = require('webpack-node-externals');
const { rspack } = require('@rspack/core');

const APPS = ['payment', 'invoice', 'signal'];
const TSCONFIG = join(__dirname, 'tsconfig.json');

/** What every bundle shares: our code in, node_modules out, CommonJS, source maps, decorator metadata kept. */
function bundle(entry, folder, plugins = []) {
  return {
    context: __dirname,
    entry,
    mode: 'none',
    target: 'node20',
    devtool: 'source-map',
    output: {
      path: join(__dirname, folder),
      filename: '[name].js',
      library: { type: 'commonjs2' },
      // Paths in stack traces are those of the repository.
      devtoolModuleFilenameTemplate: (info) => join(__dirname, info.resourcePath),
    },
    externals: [nodeExternals({ modulesDir: join(__dirname, 'node_modules') })],
    externalsPresets: { node: true },
    resolve: { extensions: ['.ts', '.js', '.json'], tsConfig: TSCONFIG },
    module: {
      rules: [
        {
          test: /\.ts$/,
          exclude: /node_modules/,
          loader: 'builtin:swc-loader',
          options: {
            sourceMaps: true,
            jsc: {
              parser: { syntax: 'typescript', decorators: true },
              transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
              target: 'es2023',
              keepClassNames: true,
            },
          },
        },
      ],
    },
    optimization: { nodeEnv: false, minimize: false, moduleIds: 'named' },
    node: { __dirname: false, __filename: false },
    performance: false,
    stats: 'errors-warnings',
    plugins,
  };
}

/** main.js, ops.js where the app has operators' commands, the SQL that `RUN_MODE=migrate` applies, and texts. */
function app(name) {
  const source = `./apps/${name}/src`;
  const entry = { main: `${source}/main.ts` };
  if (existsSync(join(__dirname, source, 'ops.ts'))) entry.ops = `${source}/ops.ts`;
  const copies = [
    [`apps/${name}/migrations`, 'migrations'],
    ['libs/reliable/migrations', 'migrations/reliable'],
    [`apps/${name}/templates`, 'templates'],
  ].filter(([from]) => existsSync(join(__dirname, from)));
  const patterns = copies.map(([from, to]) => ({
    from: join(__dirname, from),
    to,
    globOptions: { ignore: ['**/*.ts'] },
  }));
  return bundle(entry, `dist/apps/${name}`, patterns.length > 0 ? [new rspack.CopyRspackPlugin({ patterns })] : []);
}

const sandbox = () => bundle({ main: './sandbox/main.ts' }, 'dist/sandbox');
const signalClient = () => bundle({ main: './libs/signal-client/src/index.ts' }, 'dist/signal-client');

/** All bundles by name; those without a source are left out. */
function bundles() {
  const all = [
    ...APPS.map((name) => [name, `apps/${name}/src/main.ts`, () => app(name)]),
    ['sandbox', 'sandbox/main.ts', sandbox],
    ['signal-client', 'libs/signal-client/src/index.ts', signalClient],
  ];
  return Object.fromEntries(
    all.filter(([, entry]) => existsSync(join(__dirname, entry))).map(([name, , make]) => [name, make()]),
  );
}

/** `nest build <app>` hands in its defaults, of which only the entry tells which app is meant. Other callers get all. */
module.exports = (defaults) => {
  const name = APPS.find((candidate) => String(defaults?.entry).includes(join('apps', candidate, 'src')));
  if (!name) return Object.values(bundles());
  return {
    ...app(name),
    watchOptions: { aggregateTimeout: 200, ignored: ['**/node_modules', '**/dist', '**/.local'] },
  };
};
module.exports.bundles = bundles;
