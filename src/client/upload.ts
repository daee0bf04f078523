import type { Snapshot } from '../protocol/snapshot.ts';
import { callRest } from './call-rest.ts';

/**
 * By HTTP, not over the socket: there, a screenshot would delay reports and answers, and an oversized one would end the
 * connection.
 */
export async function uploadSnapshot(
  to: { url: string; deviceId: string; token: string },
  picture: Uint8Array,
  /** How long ago it was taken. Undefined: it is what the device shows now. */
  ageMs?: number,
): Promise<Snapshot> {
  const body = picture as Uint8Array<ArrayBuffer>;
  const path = `/devices/${encodeURIComponent(to.deviceId)}/snapshot${ageMs === undefined ? '' : `?ageMs=${ageMs}`}`;
  const given = { method: 'POST', type: 'application/octet-stream', body };
  return (await callRest(to, path, given, 'The picture was refused')) as Snapshot;
}
