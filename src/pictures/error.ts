import { VigiaError } from '../protocol/errors.ts';

/** Why a picture was not taken, in one word for the metrics: all that can be, with its code and what is told. */
export const refusals = {
  not_a_picture: { code: 'invalid_payload', message: 'The picture is no JPEG, PNG or WebP.' },
  broken: { code: 'invalid_payload', message: 'The picture is broken: it cannot be decoded to its end.' },
  too_many_bytes: { code: 'payload_too_large', message: 'The picture has too many bytes.' },
  too_many_pixels: { code: 'payload_too_large', message: 'The picture has more than 40 million pixels.' },
  superseded: { code: 'rate_limited', message: 'A newer picture of the device took its place.' },
  busy: { code: 'unavailable', message: 'Too many pictures wait to be stored; try again later.' },
  not_stored: { code: 'unavailable', message: 'The picture could not be stored now.' },
  device_removed: { code: 'device_unknown', message: 'The device was removed.' },
  // Of one that is fetched from the player (SPEC P10).
  bad_path: { code: 'invalid_payload', message: 'The player names a path that is never fetched.' },
  no_address: {
    code: 'unavailable',
    message: 'The player reports no private address from which its screenshot could be fetched.',
  },
  unreachable: { code: 'unavailable', message: 'The web server of the player cannot be reached (PLAYER_HTTP).' },
  too_slow: { code: 'unavailable', message: 'The web server of the player did not send the screenshot in time.' },
  redirected: { code: 'unavailable', message: 'The web server of the player redirects, which is never followed.' },
  bad_status: { code: 'unavailable', message: 'The web server of the player has no screenshot at this path.' },
} as const;

export type PictureRefusal = keyof typeof refusals;

export class PictureError extends VigiaError {
  readonly reason: PictureRefusal;

  constructor(reason: PictureRefusal) {
    const { code, message } = refusals[reason];
    super(code, message, code === 'invalid_payload' ? [{ path: 'snapshot', message }] : undefined);
    this.reason = reason;
  }
}
