const { existsSync } = require('node:fs');
const { join } = require('node:path');
const nodeExternals = require('webpack-node-externals');
const { rspack } = require('@rspack/core');
const { ListPackages, leaveOutside } = require('./tools/image/packages-of-a-bundle.cjs');

const APPS = ['payment', 'invoice', 'signal'];
const TSCONFIG = join(__dirname, 'tsconfig.json');
const PACKAGES = /^packages\.js$/;
const REQUIRED = { conditionNames: ['node', 'require', 'default'], mainFields: ['main'] };

/**
 * Comments and blanks go, names and statements stay: a text is kept in memory as long as its process runs, and twice as
 * wide where a single letter of it is beyond Latin.
 */
const SHORTEN = new rspack.SwcJsMinimizerRspackPlugin({
  minimizerOptions: { compress: false, mangle: false, format: { comments: false, ascii_only: true } },
});

/** What every bundle shares: CommonJS, source maps of our code, decorator metadata kept. */
function bundle(entry, folder, { externals, plugins = [], optimization = {} }) {
  return {
    context: __dirname,
    entry,
    mode: 'none',
    target: 'node20',
    devtool: false,
    output: {
      path: join(__dirname, folder),
      filename: '[name].js',
      library: { type: 'commonjs2' },
    },
    externals,
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
    optimization: { nodeEnv: false, minimize: false, moduleIds: 'named', ...optimization },
    node: { __dirname: false, __filename: false },
    performance: false,
    stats: 'errors-warnings',
    plugins: [
      new rspack.SourceMapDevToolPlugin({
        filename: '[file].map',
        exclude: PACKAGES,
        // Paths in stack traces are those of the repository.
        moduleFilenameTemplate: (info) => join(__dirname, info.resourcePath),
      }),
      ...plugins,
    ],
  };
}

/** A process of its own: the packages come in too, in a file of their own without a source map. */
function program(entry, folder, plugins = []) {
  const base = bundle(entry, folder, {
    externals: [leaveOutside],
    plugins: [new ListPackages(), ...plugins],
    optimization: {
      minimize: true,
      minimizer: [SHORTEN],
      splitChunks: {
        cacheGroups: {
          default: false,
          defaultVendors: false,
          packages: { name: 'packages', test: /node_modules/, chunks: 'all', enforce: true },
        },
      },
    },
  });
  return {
    ...base,
    // As `require` of Node finds them, so that a package comes in one form alone.
    resolve: { ...base.resolve, mainFields: ['main'], byDependency: { esm: REQUIRED, commonjs: REQUIRED } },
    module: {
      ...base.module,
      parser: {
        javascript: { createRequire: true, requireDynamic: false, importDynamic: true, exprContextCritical: false },
      },
    },
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
  return program(entry, `dist/apps/${name}`, patterns.length > 0 ? [new rspack.CopyRspackPlugin({ patterns })] : []);
}

const sandbox = () => program({ main: './sandbox/main.ts' }, 'dist/sandbox');

/** A library: what it needs is for those to install who use it. */
const signalClient = () =>
  bundle({ main: './libs/signal-client/src/index.ts' }, 'dist/signal-client', {
    externals: [nodeExternals({ modulesDir: join(__dirname, 'node_modules') })],
  });

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
