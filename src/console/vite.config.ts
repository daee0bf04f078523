import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const server = process.env.VIGIA_URL ?? 'http://localhost:3001';

/** The server serves what this builds (src/http/console.ts). `npm run dev:console` serves the sources, beside a server. */
export default defineConfig({
  root: import.meta.dirname,
  // The server knows its own place (src/http/console.ts).
  base: './',
  plugins: [react()],
  build: {
    outDir: '../../dist/console',
    emptyOutDir: true,
    target: 'es2023',
    // The content security policy knows no data: and no inline code.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 800,
  },
  server: { proxy: { '/api': server, '/socket.io': { target: server, ws: true } } },
});
