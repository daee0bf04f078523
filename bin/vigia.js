#!/usr/bin/env node
// `npx vigia …` from a checkout: what is not built, or is older than its sources, is built first.
await import('../scripts/build-if-needed.mjs');
await import('../dist/src/cli/vigia.js');
