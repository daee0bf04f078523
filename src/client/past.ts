import { ClientError, isFinal } from './errors.ts';
import { createOfflineBuffer, type PastState } from './offline-buffer.ts';
import { callRest } from './rest.ts';
import type { Journal } from './storage.ts';
import { uploadSnapshot } from './upload.ts';

/** The server must have recorded that the device is back. */
const FIRST_MS = 3000;
const RETRY_MS = 15_000;
const MIN_GAP_MS = 5000;
/** In one request. */
const MAX_STATES = 50;
const MAX_CHARACTERS = 500_000;
/** Pictures are kept in memory: a disk would have to hold megabytes. */
const MAX_PICTURES = 10;
const MAX_PICTURE_BYTES = 10_000_000;

export interface PastDeps {
  url: string;
  deviceId: string;
  token: string;
  journal: Journal | undefined;
  failed(error: ClientError): void;
}

/** Keeps what happens without a connection, and sends it when there is one again. */
export function createPast({ journal, failed, ...to }: PastDeps) {
  const buffer = createOfflineBuffer(journal, (cause) =>
    failed(new ClientError({ code: 'player_fault', message: 'The storage of reports cannot be used.', cause })),
  );
  let pictures: { takenAt: number; picture: Uint8Array }[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isConnected = false;

  const hasMore = () => buffer.states.length > 0 || pictures.length > 0;

  function later(ms: number): void {
    clearTimeout(timer);
    if (isConnected && hasMore()) timer = setTimeout(() => void send(), ms);
  }

  async function send(): Promise<void> {
    try {
      while (isConnected && buffer.states.length > 0) await sendStates();
      while (isConnected && pictures.length > 0) await sendPicture();
    } catch (error) {
      if (error instanceof ClientError && isFinal(error.code)) return failed(error);
      later(RETRY_MS);
    }
  }

  async function sendStates(): Promise<void> {
    const states = firstOf(buffer.states);
    const iso = (ms: number) => new Date(ms).toISOString();
    const reports = states.map(({ from, to: until, state }) => ({ from: iso(from), to: iso(until), state }));
    const body = JSON.stringify({ sentAt: iso(Date.now()), reports });
    const path = `/devices/${encodeURIComponent(to.deviceId)}/reports`;
    try {
      await callRest(to, path, { method: 'POST', type: 'application/json', body }, 'The reports were refused');
    } catch (error) {
      if (!isRefused(error)) throw error;
      // They would be refused again.
      failed(error as ClientError);
    }
    buffer.sent(states.length);
  }

  async function sendPicture(): Promise<void> {
    const [{ takenAt, picture }] = pictures as [(typeof pictures)[0]];
    try {
      await uploadSnapshot(to, picture, Math.max(0, Date.now() - takenAt));
    } catch (error) {
      if (!isRefused(error)) throw error;
      failed(error as ClientError);
    }
    pictures.shift();
  }

  return {
    registered(): void {
      isConnected = true;
      const [first] = buffer.states;
      // The server notices no gap.
      if (first && Date.now() - first.from < MIN_GAP_MS) buffer.sent(buffer.states.length);
      later(FIRST_MS);
    },
    lost(): void {
      isConnected = false;
      clearTimeout(timer);
    },
    measured: (state: PastState['state']) => buffer.add(Date.now(), state),
    pictured(takenAt: number, picture: Uint8Array): void {
      pictures.push({ takenAt, picture });
      const size = () => pictures.reduce((sum, it) => sum + it.picture.byteLength, 0);
      while (pictures.length > MAX_PICTURES || (size() > MAX_PICTURE_BYTES && pictures.length > 0)) {
        pictures = pictures.slice(1);
      }
    },
  };
}

const isRefused = (error: unknown): boolean =>
  error instanceof ClientError && (error.code === 'invalid_payload' || error.code === 'payload_too_large');

function firstOf(states: readonly PastState[]): readonly PastState[] {
  let characters = 0;
  let count = 0;
  for (const { state } of states.slice(0, MAX_STATES)) {
    characters += JSON.stringify(state).length;
    if (count > 0 && characters > MAX_CHARACTERS) break;
    count++;
  }
  return states.slice(0, count);
}
