import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'electron-vite';

// The oldest Electron that has to run this is the one tests fall back to, 33: Node 20.18 and Chromium 130.
const nodeTarget = 'node20.18';
const chromeTarget = 'chrome130';

// The build for Node asks its own folder for fonts when it runs, and the bundle has no such folder.
const pdfkit = fileURLToPath(new URL('node_modules/pdfkit/js/pdfkit.browser.mjs', import.meta.url));

export default defineConfig({
  main: {
    resolve: { alias: [{ find: /^pdfkit$/, replacement: pdfkit }] },
    build: {
      outDir: 'dist/main',
      target: nodeTarget,
      sourcemap: true,
      externalizeDeps: false,
      rolldownOptions: {
        input: { index: 'main/index.ts' },
        // Native modules find their binaries by their own place in node_modules.
        external: ['keytar', /^libsql(\/|$)/],
        output: { chunkFileNames: 'chunks/[name]-[hash].js' },
      },
    },
  },
  preload: {
    build: {
      outDir: 'dist/preload',
      target: nodeTarget,
      sourcemap: true,
      externalizeDeps: false,
      rolldownOptions: {
        input: { index: 'preload/index.ts' },
        // A sandboxed preload is one CommonJS file: it can require nothing but `electron` and a few of Node's modules.
        output: { format: 'cjs', entryFileNames: '[name].cjs', codeSplitting: false },
      },
    },
  },
  renderer: {
    root: 'renderer',
    plugins: [react()],
    build: {
      outDir: 'dist/renderer',
      target: chromeTarget,
      sourcemap: true,
      minify: true,
      chunkSizeWarningLimit: 2000, // in kB; it comes from the disk
      rolldownOptions: { input: 'renderer/index.html' },
    },
  },
});
