/** Whether raw deflate is supported (browsers since 2023, Node since 20.12). */
export function canInflate(): boolean {
  try {
    new DecompressionStream('deflate-raw');
    return true;
  } catch {
    return false;
  }
}

/** Decodes a message, raw-deflated (S7) or plain. */
export async function readJson(data: unknown): Promise<unknown> {
  if (!(data instanceof ArrayBuffer || ArrayBuffer.isView(data))) return data;
  const stream = new Blob([data as ArrayBuffer]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  return new Response(stream).json();
}
