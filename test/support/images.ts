import sharp from 'sharp';
import { png } from '../../src/cli/simulator/picture.ts';

type Colour = { r: number; g: number; b: number };

/** A structured image; a different `seed` gives a different image. */
export async function image(
  format: 'png' | 'jpeg' | 'webp',
  {
    width = 400,
    height = 200,
    seed = 1,
    colour,
  }: { width?: number; height?: number; seed?: number; colour?: Colour } = {},
): Promise<Buffer> {
  const pixels = Buffer.alloc(width * height * 3);
  for (let i = 0; i < pixels.length; i++) pixels[i] = (i * seed * 7 + (i >> 8)) & 0xff;
  const plain = colour && sharp({ create: { width, height, channels: 3, background: colour } });
  return (plain ?? sharp(pixels, { raw: { width, height, channels: 3 } })).toFormat(format).toBuffer();
}

/** A PNG of a few bytes whose header claims this many pixels. */
export const bomb = (width: number, height: number): Buffer => png(width, height, Buffer.alloc(1_000_000));
