/**
 * How long a test waits for what is to come, before it says what is missing: what a very busy machine may need. It delays
 * only a test that fails. A promise that has a time of its own is tested by that time.
 */
export const PATIENCE_MS = 30_000;
