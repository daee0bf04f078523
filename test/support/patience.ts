/**
 * How long a test waits for an expected event before it reports what is missing. Generous enough for a very busy
 * machine; only failing tests take this long. Guaranteed times are tested with their own limits.
 */
export const PATIENCE_MS = 60_000;
