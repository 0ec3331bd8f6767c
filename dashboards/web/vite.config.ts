import { defineConfig } from 'vite';

/** Built by the set-up into `dist`, which the control API serves. */
export default defineConfig({
  root: import.meta.dirname,
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2023',
    // Nothing may be inlined: the pages forbid scripts and styles that are not files of their own.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      // Libraries mark files for servers that render pages; here everything runs in the browser.
      checks: { moduleLevelDirective: false },
    },
  },
});
