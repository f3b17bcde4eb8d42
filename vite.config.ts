import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import preact from '@preact/preset-vite';
import { IntlMessageFormat } from 'intl-messageformat';
import { build, defineConfig, type Plugin, type Rolldown } from 'vite';

const compressible = /\.(?:html|m?js|css|svg|json|webmanifest|txt|wasm)$/;

/**
 * Compresses once, as well as can be (Brotli does so unasked), what would else be sent as it is. Source maps are left: only
 * who mends the page asks for them, and they would take longer than all the rest.
 */
function compressed(): Plugin {
  let folder = '';
  return {
    name: 'compressed',
    apply: 'build',
    configResolved: ({ root, build }) => {
      folder = resolve(root, build.outDir);
    },
    closeBundle: () => {
      const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
      for (const name of names.filter((name) => compressible.test(name))) {
        const path = resolve(folder, name);
        const bytes = readFileSync(path);
        writeFileSync(`${path}.gz`, gzipSync(bytes, { level: constants.Z_BEST_COMPRESSION }));
        writeFileSync(`${path}.br`, brotliCompressSync(bytes));
      }
    },
  };
}

/**
 * The service worker, at the address that browsers know it by: one plain script, because not every browser takes a module
 * there. It knows its build by the names of the page's parts, which carry their hashes.
 */
function serviceWorker(): Plugin {
  let root = '';
  return {
    name: 'service-worker',
    apply: 'build',
    configResolved: (config) => {
      root = config.root;
    },
    async generateBundle(_options, bundle) {
      const parts = Object.keys(bundle).sort().join();
      const version = createHash('sha256').update(parts).digest('hex').slice(0, 12);
      const { output } = (await build({
        configFile: false,
        root,
        logLevel: 'warn',
        publicDir: false,
        define: { VERSION: JSON.stringify(version) },
        build: {
          write: false,
          rolldownOptions: { input: 'service-worker/main.ts', output: { format: 'iife' } },
        },
      })) as Rolldown.RolldownOutput;
      this.emitFile({ type: 'asset', fileName: 'sw.js', source: output[0].code });
    },
  };
}

/**
 * What pdf.js fetches by name while it reads a paper: fonts that every paper may count on, character maps, and decoders
 * of pictures in plain script. Its version in their address stands for a hash.
 */
function pdfResources(): Plugin {
  const home = resolve(import.meta.dirname, 'node_modules/pdfjs-dist');
  const { version } = JSON.parse(readFileSync(resolve(home, 'package.json'), 'utf8'));
  const isNeeded = (name: string) => !/\.wasm$|^quickjs/.test(name);
  return {
    name: 'pdf-resources',
    apply: 'build',
    generateBundle(_options, bundle) {
      if (!Object.keys(bundle).some((name) => name.includes('pdf.worker'))) return;
      for (const folder of ['cmaps', 'standard_fonts', 'wasm'])
        for (const name of readdirSync(resolve(home, folder)).filter(isNeeded))
          this.emitFile({
            type: 'asset',
            fileName: `assets/pdfjs-${version}/${folder}/${name}`,
            source: readFileSync(resolve(home, folder, name)),
          });
    },
  };
}

/** Reads the sentences of a catalogue here, so that no browser has to: what parses them is a fifth of the page. */
function parsedWords(): Plugin {
  const parsed = (text: string) => {
    const [first, ...rest] = new IntlMessageFormat(text, 'en').getAst();
    const isPlain = rest.length === 0 && first && 'value' in first && first.value === text;
    return isPlain ? text : [first, ...rest];
  };
  return {
    name: 'parsed-words',
    enforce: 'pre',
    transform: {
      filter: { id: /\/locales\/[\w-]+\.json$/ },
      handler: (code) =>
        JSON.stringify(
          Object.fromEntries(
            Object.entries<string>(JSON.parse(code)).map(([key, text]) => [key, parsed(text)]),
          ),
        ),
    },
  };
}

export default defineConfig({
  root: 'src/web',
  plugins: [parsedWords(), preact(), pdfResources(), serviceWorker(), compressed()],
  resolve: {
    alias: {
      '@formatjs/icu-messageformat-parser': '@formatjs/icu-messageformat-parser/no-parser.js',
    },
  },
  build: {
    // The page's policy allows neither inline scripts nor data: addresses, so everything is a file of its own.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: true,
  },
});
