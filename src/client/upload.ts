import type { ErrorCode, Fault } from '../protocol/errors.ts';
import type { Snapshot } from '../protocol/snapshot.ts';
import { ClientError } from './errors.ts';

/** Not by the socket: there a picture would hold up reports and answers, and one that is too large would end the connection. */
export async function uploadSnapshot(
  to: { url: string; deviceId: string; token: string },
  picture: Uint8Array,
): Promise<Snapshot> {
  const response = await fetch(`${to.url}/api/v1/devices/${encodeURIComponent(to.deviceId)}/snapshot`, {
    method: 'POST',
    headers: { authorization: `Bearer ${to.token}`, 'content-type': 'application/octet-stream' },
    body: picture as Uint8Array<ArrayBuffer>,
  }).catch(() => {
    throw new ClientError({ code: 'unavailable', message: 'The server cannot be reached.' });
  });
  const answer: unknown = await response.json().catch(() => undefined);
  if (response.ok) return answer as Snapshot;
  const { code, detail, errors } = (answer ?? {}) as { code?: ErrorCode; detail?: string; errors?: readonly Fault[] };
  // Whoever stands between may refuse in words of its own.
  throw new ClientError({
    code: code ?? 'unavailable',
    message: detail ?? `The picture was refused: ${response.status}.`,
    details: errors,
  });
}
