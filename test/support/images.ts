import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';

type Colour = { r: number; g: number; b: number };

/** A picture with some structure; `seed` makes it another one. */
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

/** A PNG of a few bytes that says it has this many pixels. */
export function bomb(width: number, height: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([1, 0], 8);
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.alloc(1_000_000))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}
