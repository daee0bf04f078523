import { commandFor } from '../../machines/intents.ts';
import type { PlayerPictures } from '../ports/player-pictures.ts';
import { publicError } from '../protocol/errors.ts';
import type { CommandResponse } from '../protocol/player.ts';
import {
  besidePicture,
  type Picture,
  type PicturePath,
  pictureIn,
  pictureOnPlayer,
  type Snapshot,
} from '../protocol/snapshot.ts';
import { boundedResult } from './bounded-result.ts';

/** A picture, or its path on the player (null: there is none yet). */
export interface ReportedPicture {
  sent?: Picture;
  named?: PicturePath | null;
}

/** The picture in a state's picture section. */
export function pictureOfState(section: unknown): ReportedPicture {
  const sent = pictureIn(section);
  if (sent !== undefined) return { sent };
  const named = pictureOnPlayer(section);
  return named === undefined ? {} : { named };
}

/**
 * The screenshot that an answer contains or names by its path on the player. The answer counts even if the screenshot
 * fails; its result then contains the error.
 * @param command the answered command; undefined if none waits for it
 */
export function pictureOfAnswer(
  pictures: PlayerPictures,
  device: { id: string; address: string },
  { status, result }: CommandResponse,
  command: string | undefined,
): { beside: unknown; complete: Promise<unknown> } | undefined {
  const sent = pictureIn(result);
  if (sent !== undefined) return answer(besidePicture(result), pictures.take(device.id, sent, 'response'));
  const named =
    status === 'success' && commandFor(command ?? '') === 'vlc:snapshot' ? pictureOnPlayer(result) : undefined;
  return named ? answer(result, pictures.fetch(device.id, named, device.address)) : undefined;
}

function answer(beside: unknown, stored: Promise<Snapshot>) {
  const complete = stored.then(
    (snapshot) => boundedResult({ ...(beside as object), ...snapshot }),
    (error) => boundedResult({ ...(beside as object), error: publicError(error) }),
  );
  return { beside, complete };
}
