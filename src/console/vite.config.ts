import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const server = process.env.VIGIA_URL ?? 'http://localhost:3001';

/**
 * The server serves this build (src/http/console.ts). `npm run dev:console` serves the sources, next to a running
 * server.
 */
export default defineConfig({
  root: import.meta.dirname,
  // The server inserts its base path (src/http/console.ts).
  base: './',
  plugins: [react()],
  build: {
    outDir: '../../dist/console',
    emptyOutDir: true,
    target: 'es2023',
    // The content security policy forbids data: URLs and inline code.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 800,
  },
  server: { proxy: { '/api': server, '/socket.io': { target: server, ws: true } } },
});
