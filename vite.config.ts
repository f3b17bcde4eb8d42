import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import preact from '@preact/preset-vite';
import { IntlMessageFormat } from 'intl-messageformat';
import { build, defineConfig, type Plugin, type Rolldown } from 'vite';

const compressible = /\.(?:html|m?js|css|svg|json|webmanifest|txt|wasm)$/;

/**
 * Compresses assets at build time with gzip and Brotli at the greatest level. Source maps stay uncompressed: few need
 * them, and they would take the longest.
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
 * Builds the service worker as a classic script at `/sw.js`, because not every browser supports module workers there.
 * Its version is a hash of the asset names.
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

/** Builds the page of the desk apart, so that no code is shared with the first load of the other page. */
function deskPage(): Plugin {
  let root = '';
  return {
    name: 'desk-page',
    apply: 'build',
    configResolved: (config) => {
      root = config.root;
    },
    async generateBundle() {
      const { output } = (await build({
        configFile: false,
        root,
        base: './',
        logLevel: 'warn',
        publicDir: false,
        plugins: [preact()],
        build: {
          write: false,
          assetsInlineLimit: 0,
          modulePreload: { polyfill: false },
          rolldownOptions: { input: 'desk.html' },
        },
      })) as Rolldown.RolldownOutput;
      for (const file of output)
        this.emitFile({
          type: 'asset',
          fileName: file.fileName,
          source: file.type === 'chunk' ? file.code : file.source,
        });
    },
  };
}

/**
 * Emits the fonts, character maps and decoders that pdf.js fetches by name. The version in their path replaces a
 * content hash.
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

/** Parses the ICU messages at build time: the parser would be a fifth of the page. */
function parsedMessages(): Plugin {
  const parsed = (text: string) => {
    const [first, ...rest] = new IntlMessageFormat(text, 'en').getAst();
    const isPlain = rest.length === 0 && first && 'value' in first && first.value === text;
    return isPlain ? text : [first, ...rest];
  };
  return {
    name: 'parsed-messages',
    enforce: 'pre',
    transform: {
      filter: { id: /\/locales\/(?:[\w-]+\/)?[\w-]+\.json$/ },
      handler: (code) =>
        JSON.stringify(
          Object.fromEntries(Object.entries<string>(JSON.parse(code)).map(([key, text]) => [key, parsed(text)])),
        ),
    },
  };
}

/** Leaves titles and advice of problems out of the page, which has sentences of its own: they would be a twentieth of it. */
function problemCodes(): Plugin {
  return {
    name: 'problem-codes',
    transform: {
      filter: { id: /\/contract\/problems\/(?:room-)?codes\.ts$/ },
      handler(code) {
        const cuts = wordsOfProblems(this.parse(code)).sort((a, b) => b.start - a.start);
        return cuts.reduce((text, { start, end }) => text.slice(0, start) + text.slice(end), code);
      },
    },
  };
}

interface SyntaxNode {
  readonly type?: string;
  readonly callee?: { readonly name?: string };
  readonly arguments?: readonly { readonly start: number; readonly end: number }[];
}

/** The places behind the first argument of each call of `problem`. */
function wordsOfProblems(node: unknown): { readonly start: number; readonly end: number }[] {
  if (typeof node !== 'object' || node === null) return [];
  const { type, callee, arguments: given = [] } = node as SyntaxNode;
  const [status, last] = [given[0], given.at(-1)];
  if (type === 'CallExpression' && callee?.name === 'problem' && status && last)
    return [{ start: status.end, end: last.end }];
  return Object.values(node).flatMap(wordsOfProblems);
}

export default defineConfig({
  root: 'src/web',
  // Relative addresses: one build works below any path.
  base: './',
  plugins: [parsedMessages(), problemCodes(), preact(), pdfResources(), deskPage(), serviceWorker(), compressed()],
  resolve: {
    alias: {
      '@formatjs/icu-messageformat-parser': '@formatjs/icu-messageformat-parser/no-parser.js',
      // The form for browsers asks the document, which a worker does not have.
      'decode-named-character-reference': resolve(
        import.meta.dirname,
        'node_modules/decode-named-character-reference/index.js',
      ),
    },
  },
  build: {
    // The content security policy forbids inline scripts and `data:` URLs.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: true,
  },
});
