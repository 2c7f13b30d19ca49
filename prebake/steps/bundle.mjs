// Bundles scripts or styles with esbuild. Reads a request as JSON from standard input and
// answers as JSON on standard output: {"outputs": …} or {"errors": […]}.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';

const request = JSON.parse(readFileSync(0, 'utf8'));
const require = createRequire(join(request.root, 'package.json'));
const { build } = require('esbuild');

/** The files that a script names besides scripts: binaries, fonts, pictures. */
function assetsOf(output, { outputs }) {
  const sources = new Set(Object.keys(output.inputs));
  return Object.entries(outputs)
    .filter(([path]) => !path.endsWith('.js') && !path.endsWith('.css'))
    .filter(([, each]) => Object.keys(each.inputs).some((source) => sources.has(source)))
    .map(([path]) => path);
}

/** esbuild's own description of an error, with file and line. */
function problem(error) {
  const at = error.location;
  return { text: error.text, where: at ? `${at.file}:${at.line}` : '' };
}

/** For the files of one package, puts modules of the site in the place of packages it asks for. */
function redirect(redirects) {
  return {
    name: 'redirect',
    setup({ onResolve }) {
      for (const { inside, asked, given } of redirects) {
        onResolve(
          { filter: new RegExp(`^${asked.replaceAll('.', '\\.')}($|/)`) },
          ({ importer }) =>
            importer.includes(`/node_modules/${inside}/`)
              ? { path: join(request.root, given) }
              : undefined,
        );
      }
    },
  };
}

try {
  const result = await build({
    absWorkingDir: request.root,
    outdir: request.out,
    entryPoints: request.entries,
    bundle: true,
    minify: true,
    metafile: true,
    write: true,
    format: 'esm',
    target: ['es2022'],
    platform: 'browser',
    mainFields: ['browser', 'module', 'main'],
    splitting: request.splitting,
    entryNames: '[name]-[hash]',
    chunkNames: 'part-[hash]',
    assetNames: '[name]-[hash]',
    legalComments: 'linked',
    loader: { '.woff2': 'file', '.svg': 'file', '.wasm': 'file' },
    plugins: [redirect(request.redirects)],
    logLevel: 'silent',
    define: { 'process.env.NODE_ENV': '"production"' },
  });
  const outputs = {};
  for (const [path, output] of Object.entries(result.metafile.outputs)) {
    if (!path.endsWith('.js') && !path.endsWith('.css')) continue;
    const file = join(request.root, path);
    outputs[relative(request.out, file)] = {
      entry: output.entryPoint ?? '',
      imports: output.imports
        .filter((each) => !each.external)
        .map((each) => ({
          path: relative(request.out, join(request.root, each.path)),
          lazy: each.kind === 'dynamic-import',
        })),
      assets: assetsOf(output, result.metafile).map((each) =>
        relative(request.out, join(request.root, each)),
      ),
    };
  }
  process.stdout.write(JSON.stringify({ outputs, inputs: Object.keys(result.metafile.inputs) }));
} catch (error) {
  if (!error.errors) throw error;
  process.stdout.write(JSON.stringify({ errors: error.errors.map(problem) }));
}
