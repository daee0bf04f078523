import { networkInterfaces } from 'node:os';
import type { Logger } from 'pino';
import type { Clock } from '../ports/clock.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { PlayerPictures } from '../ports/player-pictures.ts';
import { VigiaError } from '../protocol/errors.ts';
import type { PicturePath, Snapshot } from '../protocol/snapshot.ts';
import { download } from './download.ts';
import { PictureError } from './error.ts';
import { FetchQueue } from './fetch-queue.ts';
import type { Pictures } from './pictures.ts';
import { pictureUrl } from './player-http.ts';

export interface OnPlayersDeps {
  /** URL template for fetching; undefined disables it. */
  playerHttp: string | undefined;
  pictures: Pick<Pictures, 'take'>;
  /** The addresses that the device has reported. */
  reported(deviceId: string): readonly string[];
  clock: Clock;
  log: Logger;
  metrics: Pick<Metrics, 'pictureRefused'>;
  /** Maximum size of a screenshot, in bytes. */
  maxBytes: number;
}

export interface OnPlayers extends PlayerPictures {
  /** The device was removed. */
  forget(deviceId: string): void;
  close(): void;
}

/** What is known about a device that sends only paths of screenshots. */
interface Known {
  /** Null if it has none yet. */
  picture: PicturePath | null;
  address: string;
  /** The last fetch that was started. */
  tried?: { picture: PicturePath; at: number };
  /** The last screenshot that was fetched. */
  stored?: PicturePath;
  /** The last logged failure, to avoid repetitions. */
  logged?: string;
}

const TIMEOUT_MS = 10_000;
/** Delay before a failed fetch is retried, if the states still contain the path. */
const RETRY_MS = 600_000;

/** Fetches screenshots that stay on the players, which send only their paths (SPEC P10). */
export function createOnPlayers(deps: OnPlayersDeps): OnPlayers {
  const { playerHttp: template, clock, log, metrics } = deps;
  const devices = new Map<string, Known>();
  const queue = new FetchQueue<Snapshot>(clock);
  const closing = new AbortController();

  function learn(deviceId: string, picture: PicturePath | null, address: string): Known {
    const before = devices.get(deviceId);
    // Every report names the picture, and mostly the same one.
    if (before?.address === address && isSame(picture, before.picture)) return before;
    const known: Known = { ...before, picture, address };
    devices.set(deviceId, known);
    return known;
  }

  async function bytesOf(deviceId: string, address: string, path: string): Promise<Buffer> {
    try {
      const source = { address, reported: deps.reported(deviceId), path };
      const url = pictureUrl(template as string, source, ownAddresses());
      const signal = AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), closing.signal]);
      return await download(url, deps.maxBytes, signal);
    } catch (error) {
      if (error instanceof PictureError) metrics.pictureRefused(error.reason);
      throw error;
    }
  }

  /**
   * @param mayBeStored the screenshot may have been stored already; the same image again would be no new information
   */
  async function fetched(
    deviceId: string,
    picture: PicturePath,
    { isAsked, mayBeStored }: { isAsked: boolean; mayBeStored: boolean },
  ): Promise<Snapshot> {
    const known = devices.get(deviceId) as Known;
    known.tried = { picture, at: clock.now() };
    try {
      const snapshot = await queue.add(deviceId, keyOf(picture), isAsked, async () =>
        deps.pictures.take(deviceId, await bytesOf(deviceId, known.address, picture.path), 'fetch', { mayBeStored }),
      );
      update(deviceId, { stored: picture, logged: undefined });
      return snapshot;
    } catch (error) {
      failed(deviceId, picture, error);
      throw error;
    }
  }

  function update(deviceId: string, change: { [Key in keyof Known]?: Known[Key] | undefined }): void {
    const known = devices.get(deviceId);
    if (known) Object.assign(known, change);
  }

  function failed(deviceId: string, { path }: PicturePath, error: unknown): void {
    const reason = error instanceof PictureError ? error.reason : 'not_stored';
    if (reason === 'superseded') return;
    // The fetch never started, so the next state with this path may retry.
    if (reason === 'busy') update(deviceId, { tried: undefined });
    const known = devices.get(deviceId);
    if (!known || known.logged === reason) return;
    known.logged = reason;
    log.info({ deviceId, address: known.address, path, reason }, 'cannot fetch a screenshot from its player');
  }

  return {
    take(deviceId, picture, source) {
      devices.delete(deviceId);
      return deps.pictures.take(deviceId, picture, source);
    },
    named(deviceId, picture, address) {
      const { picture: latest = null, tried, stored } = devices.get(deviceId) ?? {};
      if (!picture) return void learn(deviceId, latest, address);
      const isRecent = tried !== undefined && clock.now() - tried.at < RETRY_MS;
      // A state created before a command's screenshot may arrive after it.
      if (isRecent && isNewer(tried.picture, picture)) return;
      learn(deviceId, picture, address);
      if (template === undefined || isSame(picture, stored) || (isRecent && isSame(picture, tried.picture))) return;
      const mayBeStored = !stored || !isNewer(picture, stored);
      fetched(deviceId, picture, { isAsked: false, mayBeStored }).catch(() => {});
    },
    async fetch(deviceId, picture, address) {
      const { stored } = learn(deviceId, picture, address);
      if (template === undefined) throw stayed(picture, address);
      // A state with the path may have arrived before this answer.
      const mayBeStored = picture.createdAt !== null && isSame(picture, stored);
      return fetched(deviceId, picture, { isAsked: true, mayBeStored });
    },
    refresh(deviceId) {
      const known = devices.get(deviceId);
      if (!known) return undefined;
      if (!known.picture) return Promise.reject(NONE_YET);
      if (template === undefined) return Promise.reject(stayed(known.picture, known.address));
      return fetched(deviceId, known.picture, { isAsked: true, mayBeStored: true });
    },
    forget: (deviceId) => void devices.delete(deviceId),
    close() {
      queue.close();
      closing.abort(new PictureError('not_stored'));
    },
  };
}

const keyOf = ({ path, createdAt }: PicturePath): string => JSON.stringify([path, createdAt]);
const isSame = (one: PicturePath | null, other: PicturePath | null | undefined): boolean =>
  one === other || (one?.path === other?.path && one?.createdAt === other?.createdAt);

/** By the player's clock. */
const isNewer = (one: PicturePath, other: PicturePath): boolean =>
  Date.parse(one.createdAt ?? '') > Date.parse(other.createdAt ?? '');

const NONE_YET = new VigiaError('unavailable', 'The player has no screenshot yet; the command vlc:snapshot takes one.');

function stayed({ path }: PicturePath, address: string): VigiaError {
  const where = `${path.slice(0, 200)} on its own web server, at ${address}`;
  const how = 'Set PLAYER_HTTP, such as http://{address}:3000/snapshots/{file}, to have the server fetch it.';
  return new VigiaError('unavailable', `The screenshot stayed on the player: ${where}. ${how}`);
}

function ownAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((it) => (it ?? []).map(({ address }) => address));
}
