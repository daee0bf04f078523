import { callRest } from './call-rest.ts';
import { ClientError, isFinal } from './errors.ts';
import { createOfflineBuffer, type PastState } from './offline-buffer.ts';
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
  let isSending = false;
  let isClosed = false;
  /** By the device's clock, when the time without a connection began. */
  let startedAt = 0;

  /**
   * Goes on evenly, even if the device's clock is set meanwhile, which happens just when the network is back. The server
   * takes times relative to that of the sending.
   */
  const now = () => startedAt + Math.round(performance.now());

  function measured(state: PastState['state']): void {
    if (buffer.states.every((it) => it.isEarlier)) startedAt = Date.now() - Math.round(performance.now());
    buffer.add(now(), state);
  }

  /**
   * States of an earlier process have nothing but the device's clock. If they are to come by now, it is wrong, but it may
   * soon be set.
   */
  const ready = () => buffer.states.filter((it) => !it.isEarlier || it.to <= Date.now());

  function later(ms: number): void {
    clearTimeout(timer);
    const hasMore = buffer.states.length > 0 || pictures.length > 0;
    if (isConnected && hasMore) timer = setTimeout(() => void send(), ms);
  }

  async function send(): Promise<void> {
    // What is being sent would be sent twice.
    if (isSending) return;
    isSending = true;
    try {
      for (let states = ready(); isConnected && states.length > 0; states = ready()) await sendStates(firstOf(states));
      while (isConnected && pictures.length > 0) await sendPicture();
    } catch (error) {
      if (!isClosed && error instanceof ClientError && isFinal(error.code)) return failed(error);
    } finally {
      isSending = false;
    }
    later(RETRY_MS);
  }

  async function sendStates(states: readonly PastState[]): Promise<void> {
    const sent = states.map((it) => ({ it, to: it.to }));
    const iso = (ms: number) => new Date(ms).toISOString();
    const reports = states.map(({ from, to: until, state }) => ({ from: iso(from), to: iso(until), state }));
    const body = JSON.stringify({ sentAt: iso(states[0]?.isEarlier ? Date.now() : now()), reports });
    const path = `/devices/${encodeURIComponent(to.deviceId)}/reports`;
    try {
      await callRest(to, path, { method: 'POST', type: 'application/json', body }, 'The reports were refused');
    } catch (error) {
      if (!isRefused(error)) throw error;
      if (states.length > 1) {
        for (const it of states) if (!isClosed) await sendStates([it]);
        return;
      }
      // It would be refused again.
      failed(error as ClientError);
    }
    buffer.sent(sent);
  }

  async function sendPicture(): Promise<void> {
    const [first] = pictures as [(typeof pictures)[0]];
    try {
      await uploadSnapshot(to, first.picture, Math.round(performance.now() - first.takenAt));
    } catch (error) {
      if (!isRefused(error)) throw error;
      failed(error as ClientError);
    }
    pictures = pictures.filter((it) => it !== first);
  }

  return {
    registered(): void {
      isConnected = true;
      const [first] = buffer.states;
      // The server notices no gap.
      if (first && !first.isEarlier && now() - first.from < MIN_GAP_MS) {
        buffer.sent(buffer.states.map((it) => ({ it, to: it.to })));
      }
      later(FIRST_MS);
    },
    lost(): void {
      isConnected = false;
      clearTimeout(timer);
    },
    /** For good. What is being sent now is not noted as sent, so the next player sends it again. */
    close(): void {
      isClosed = true;
      isConnected = false;
      clearTimeout(timer);
      buffer.close();
    },
    measured,
    /** @param takenAt by `performance.now()` */
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

/** As much as fits in one request, by one clock. */
function firstOf(states: readonly PastState[]): readonly PastState[] {
  let characters = 0;
  let count = 0;
  for (const { state, isEarlier } of states.slice(0, MAX_STATES)) {
    characters += JSON.stringify(state).length;
    if (count > 0 && (characters > MAX_CHARACTERS || isEarlier !== states[0]?.isEarlier)) break;
    count++;
  }
  return states.slice(0, count);
}
