import { PictureError } from './error.ts';

/**
 * Downloads a screenshot without following redirects, up to `maxBytes`. Its format is checked later, by its content.
 * @throws PictureError `unreachable`, `redirected`, `bad_status`, `too_many_bytes`; after an abort `too_slow` or, if it
 * is a PictureError, the signal's reason
 */
export async function download(url: URL, maxBytes: number, signal: AbortSignal): Promise<Buffer> {
  try {
    const response = await fetch(url, {
      // A redirect would let the player choose which URLs this server requests.
      redirect: 'manual',
      signal,
      headers: { accept: 'image/*', 'accept-encoding': 'identity', 'user-agent': 'vigia' },
    });
    try {
      return await bytesOf(response, maxBytes);
    } catch (error) {
      await response.body?.cancel().catch(() => {});
      throw error;
    }
  } catch (error) {
    if (error instanceof PictureError) throw error;
    if (signal.reason instanceof PictureError) throw signal.reason;
    throw new PictureError(signal.aborted ? 'too_slow' : 'unreachable');
  }
}

async function bytesOf({ status, headers, body }: Response, maxBytes: number): Promise<Buffer> {
  if (status >= 300 && status < 400) throw new PictureError('redirected');
  if (status !== 200 || !body) throw new PictureError('bad_status');
  if (Number(headers.get('content-length')) > maxBytes) throw new PictureError('too_many_bytes');
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > maxBytes) throw new PictureError('too_many_bytes');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
