import type { Snapshot } from '../protocol/snapshot.ts';
import { callRest } from './rest.ts';

/** Not by the socket: there a picture would hold up reports and answers, and one that is too large would end the connection. */
export async function uploadSnapshot(
  to: { url: string; deviceId: string; token: string },
  picture: Uint8Array,
): Promise<Snapshot> {
  const body = picture as Uint8Array<ArrayBuffer>;
  const path = `/devices/${encodeURIComponent(to.deviceId)}/snapshot`;
  const given = { method: 'POST', type: 'application/octet-stream', body };
  return (await callRest(to, path, given, 'The picture was refused')) as Snapshot;
}
