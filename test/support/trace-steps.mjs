/**
 * Preloaded into the built server: appends a line to the file TRACE_FILE whenever one of the functions in TRACE_STEPS (a JSON
 * list of `{ file, name }`) is called.
 */
import { appendFileSync } from 'node:fs';
import { register } from 'node:module';

globalThis.traceStep = (step) => appendFileSync(process.env.TRACE_FILE, `${step}\n`);
register('./trace-steps-loader.mjs', import.meta.url, { data: JSON.parse(process.env.TRACE_STEPS) });
