import { crc32, deflateSync } from 'node:zlib';

const WIDTH = 160;
const HEIGHT = 90;
const BARS = 8;

/** A screenshot: a small PNG with vertical bars, shading from one colour (red, green, blue) to its opposite. */
export function drawPicture([r, g, b]: readonly [number, number, number]) {
  const row = Buffer.alloc(1 + WIDTH * 3);
  for (let x = 0; x < WIDTH; x++) {
    const part = Math.floor((x * BARS) / WIDTH) / (BARS - 1);
    const mix = (from: number) => Math.round(from + (255 - 2 * from) * part);
    row.set([mix(r), mix(g), mix(b)], 1 + x * 3);
  }
  const rows = Buffer.concat(Array.from({ length: HEIGHT }, () => row));
  return { data: png(WIDTH, HEIGHT, rows), format: 'png', width: WIDTH, height: HEIGHT };
}

/** 8-bit RGB; each row begins with filter type 0. */
export function png(width: number, height: number, rows: Buffer): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2], 8);
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
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
