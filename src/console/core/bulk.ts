import type { RestError } from './errors.ts';
import type { Rest } from './rest.ts';

/** Requests at a time. */
const AT_ONCE = 6;
const RETRY_MS = 1000;
/** Attempts for a device while the server cannot be reached or is busy. */
const ATTEMPTS = 30;

export interface BulkFailure {
  id: string;
  error: unknown;
}

/** Acts on many devices, a few at a time. Waits while the server is unavailable; returns what failed for good. */
export async function forEachDevice(
  ids: readonly string[],
  act: (id: string) => Promise<unknown>,
  signal: AbortSignal,
  progress: (done: number) => void,
): Promise<BulkFailure[]> {
  const failures: BulkFailure[] = [];
  const waiting = [...ids];
  let done = 0;
  async function work(): Promise<void> {
    for (let id = waiting.shift(); id !== undefined && !signal.aborted; id = waiting.shift()) {
      try {
        await patiently(() => act(id as string), signal);
      } catch (error) {
        failures.push({ id, error });
      }
      progress(++done);
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return failures;
}

async function patiently(act: () => Promise<unknown>, signal: AbortSignal): Promise<void> {
  for (let left = ATTEMPTS; ; left--) {
    try {
      await act();
      return;
    } catch (error) {
      if (!isPassing(error) || left <= 1 || signal.aborted) throw error;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

const isPassing = (error: unknown) =>
  ['unreachable', 'rate_limited', 'unavailable', 'draining'].includes((error as RestError).code);

export const pathOf = (id: string) => `/devices/${encodeURIComponent(id)}`;

/** What to do with the labels of a device; those not named stay. */
export interface LabelChange {
  set: Readonly<Record<string, string>>;
  remove: readonly string[];
}

type Labels = Readonly<Record<string, string>>;
interface Labelled {
  version: number;
  document: { labels: Labels };
}

/** @param known the device as the page has it */
export async function changeLabels(rest: Rest, id: string, known: Labelled, change: LabelChange): Promise<void> {
  const path = pathOf(id);
  for (let device = known, left = 5; ; left--) {
    const { labels } = device.document;
    const wanted = changed(labels, change);
    if (isSame(labels, wanted)) return;
    try {
      await rest.patch(path, { labels: wanted }, device.version);
      return;
    } catch (error) {
      // Reports change the version of a busy device, too.
      if ((error as RestError).code !== 'conflict' || left <= 1) throw error;
      device = await rest.get<Labelled>(path);
    }
  }
}

export function changed(labels: Labels, { set, remove }: LabelChange): Labels {
  const next = { ...labels, ...set };
  for (const key of remove) delete next[key];
  return next;
}

const textOf = (labels: Labels) => JSON.stringify(Object.entries(labels).sort());
const isSame = (a: Labels, b: Labels) => textOf(a) === textOf(b);
