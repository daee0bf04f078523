import { VigiaError } from '../protocol/errors.ts';

/** All reasons for refusing a screenshot, as metric labels, with the error code and message of each. */
export const refusals = {
  not_a_picture: { code: 'invalid_payload', message: 'The picture is not a JPEG, PNG or WebP.' },
  broken: { code: 'invalid_payload', message: 'The picture is damaged and cannot be decoded.' },
  too_many_bytes: { code: 'payload_too_large', message: 'The picture has too many bytes.' },
  too_many_pixels: { code: 'payload_too_large', message: 'The picture has more than 40 million pixels.' },
  superseded: { code: 'rate_limited', message: 'A newer picture of the device superseded it.' },
  busy: { code: 'unavailable', message: 'Too many pictures are waiting to be stored. Retry later.' },
  not_stored: { code: 'unavailable', message: 'The picture could not be stored now.' },
  device_removed: { code: 'device_unknown', message: 'The device was removed.' },
  // For screenshots fetched from the player (SPEC P10).
  bad_path: { code: 'invalid_payload', message: 'The player sent a path that is not allowed.' },
  no_address: {
    code: 'unavailable',
    message: 'The player has no private address to fetch its screenshot from.',
  },
  unreachable: { code: 'unavailable', message: 'The web server of the player cannot be reached (PLAYER_HTTP).' },
  too_slow: { code: 'unavailable', message: 'The web server of the player did not send the screenshot in time.' },
  redirected: { code: 'unavailable', message: 'The web server of the player redirects, which is not supported.' },
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
