/**
 * Bundles the server into few files: Node.js takes as long to find and link 900 modules as to do all else at the start. What
 * is native, or loaded only when configured, stays a package.
 */
import { defineConfig } from 'vite';

const packages = [
  /^better-sqlite3/,
  /^pg(?:-|$)/,
  /^@aws-sdk\//,
  /^@smithy\//,
  /^better-auth/,
  /^@better-auth\//,
  /^nodemailer/,
];

export default defineConfig({
  publicDir: false,
  ssr: { noExternal: true },
  build: {
    ssr: true,
    outDir: 'dist/server',
    target: 'node22',
    minify: false,
    // Kept for a person who reads a stack trace. Node.js would hold them in memory.
    sourcemap: 'hidden',
    rolldownOptions: {
      // A worker thread starts with a file of its own.
      input: { main: 'src/main.ts', 'file-worker': 'src/inspection/workers/file-worker.ts' },
      external: packages,
      output: { entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
    },
  },
});
