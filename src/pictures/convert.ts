import { createHash } from 'node:crypto';
import type { Sharp } from 'sharp';
import { PictureError } from './error.ts';

export interface Converted {
  /** WebP. */
  picture: Buffer;
  /** WebP. */
  thumbnail: Buffer;
  width: number;
  height: number;
  /** Hash of the pixels of the thumbnail. */
  hash: string;
  black: boolean;
}

const MAX_PIXELS = 40_000_000;
/** Larger images are scaled down to 4K. */
const MAX_SIDE = 3840;
const THUMBNAIL = 320;
const TIMEOUT_S = 20;
/** Not zero: video black starts at 16, and JPEG adds noise. */
const BLACK_MEAN = 18;
const BLACK_MAX = 40;

/**
 * Decodes a JPEG, PNG or WebP, off the event loop.
 * @throws PictureError
 */
export async function convert(bytes: Uint8Array): Promise<Converted> {
  if (!hasKnownBeginning(bytes)) throw new PictureError('not_a_picture');
  const sharp = await decoders();
  const open = (): Sharp =>
    sharp(bytes, { failOn: 'error', limitInputPixels: MAX_PIXELS, sequentialRead: true }).timeout({
      seconds: TIMEOUT_S,
    });
  try {
    // Reads only the header, so that an oversized image is refused without decoding it.
    const { width, height } = await open().metadata();
    if (width * height > MAX_PIXELS) throw new PictureError('too_many_pixels');
    const stored = await open()
      .resize({ width: MAX_SIDE, height: MAX_SIDE, fit: 'inside', withoutEnlargement: true })
      .webp({ quality: 80, effort: 2 })
      .toBuffer({ resolveWithObject: true });
    const small = await open()
      .resize({ width: THUMBNAIL, height: THUMBNAIL, fit: 'inside', withoutEnlargement: true })
      .flatten()
      .toColourspace('srgb')
      .raw()
      .toBuffer({ resolveWithObject: true });
    const thumbnail = await sharp(small.data, { raw: small.info }).webp({ quality: 75 }).toBuffer();
    return {
      picture: stored.data,
      thumbnail,
      width: stored.info.width,
      height: stored.info.height,
      hash: createHash('sha256').update(`${width}x${height} `).update(small.data).digest('hex'),
      black: isBlack(small.data),
    };
  } catch (error) {
    if (error instanceof PictureError) throw error;
    throw new PictureError(/pixel limit/i.test((error as Error).message) ? 'too_many_pixels' : 'broken');
  }
}

let loading: Promise<typeof import('sharp')['default']> | undefined;

/**
 * Loaded on first use, since it takes a sixth of the startup time. Decoders of all other formats are disabled, whatever
 * the file claims to be.
 */
function decoders() {
  loading ??= import('sharp').then(({ default: sharp }) => {
    const allowed = ['VipsForeignLoadJpegBuffer', 'VipsForeignLoadPngBuffer', 'VipsForeignLoadWebpBuffer'];
    sharp.block({ operation: ['VipsForeignLoad'] });
    sharp.unblock({ operation: allowed });
    // Screenshots differ, so a cache is useless.
    sharp.cache(false);
    // The queue limits concurrency.
    sharp.concurrency(1);
    return sharp;
  });
  return loading;
}

function hasKnownBeginning(bytes: Uint8Array): boolean {
  const head = Buffer.from(bytes.subarray(0, 12)).toString('hex');
  const isWebp = head.startsWith('52494646') && head.endsWith('57454250');
  return isWebp || head.startsWith('ffd8ff') || head.startsWith('89504e470d0a1a0a');
}

function isBlack(pixels: Uint8Array): boolean {
  let sum = 0;
  for (const value of pixels) {
    if (value > BLACK_MAX) return false;
    sum += value;
  }
  return sum / pixels.length <= BLACK_MEAN;
}
