import type { FileHandle } from 'node:fs/promises';

const CHUNK_BYTES = 64 * 1024;
const NEWLINE = 0x0a;

export interface Line {
  /** With its newline. */
  bytes: Buffer;
  /** Where it begins in the file. */
  at: number;
}

/** The complete lines of the first `end` bytes, a chunk's worth at a time: between two, others get their turn. */
export async function* readLines(file: FileHandle, end: number): AsyncGenerator<Line[]> {
  let rest: Buffer = Buffer.alloc(0);
  let at = 0;
  while (at + rest.length < end) {
    const chunk = await readAt(file, at + rest.length, Math.min(CHUNK_BYTES, end - at - rest.length));
    if (chunk.length === 0) return;
    const data = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const lines: Line[] = [];
    let start = 0;
    // What was left over holds no newline, so there is no need to look through it again.
    for (let stop = data.indexOf(NEWLINE, rest.length); stop >= 0; stop = data.indexOf(NEWLINE, start)) {
      lines.push({ bytes: data.subarray(start, stop + 1), at: at + start });
      start = stop + 1;
    }
    at += start;
    rest = data.subarray(start);
    if (lines.length > 0) yield lines;
  }
}

/** Appends `[from, to)` of one file to another, in chunks. */
export async function copyRange(source: FileHandle, target: FileHandle, from: number, to: number): Promise<void> {
  while (from < to) {
    const chunk = await readAt(source, from, Math.min(CHUNK_BYTES, to - from));
    if (chunk.length === 0) throw new Error(`The file ends before byte ${to}.`);
    await target.appendFile(chunk);
    from += chunk.length;
  }
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}
