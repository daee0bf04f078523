/** Can this place undo raw deflate? (Browsers since 2023, Node since 20.12.) */
export function canInflate(): boolean {
  try {
    new DecompressionStream('deflate-raw');
    return true;
  } catch {
    return false;
  }
}

/** The JSON in a raw-deflated message (S7). */
export async function inflateJson(data: ArrayBuffer | Uint8Array<ArrayBuffer>): Promise<unknown> {
  const stream = new Blob([data]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  return new Response(stream).json();
}
