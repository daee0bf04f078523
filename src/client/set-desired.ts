import type { DesiredState } from '../protocol/desired-state.ts';
import { callRest } from './call-rest.ts';
import type { TokenSource } from './token.ts';

/** The screens concerned. If several desired states apply to a device, the most specific one counts. */
export type DesiredTarget = { deviceId: string } | { group: string } | { all: true };

/**
 * Sets the desired state of screens; null removes it.
 * @throws ClientError
 */
export async function setDesired(
  at: { url: string; token?: TokenSource | undefined },
  target: DesiredTarget,
  state: DesiredState | null,
): Promise<void> {
  const given = state ? { method: 'PUT', type: 'application/json', body: JSON.stringify(state) } : { method: 'DELETE' };
  await callRest(at, pathOf(target), given, 'The desired state was refused');
}

function pathOf(target: DesiredTarget): string {
  if ('deviceId' in target) return `/devices/${encodeURIComponent(target.deviceId)}/desired`;
  return 'group' in target ? `/groups/${encodeURIComponent(target.group)}/desired` : '/desired';
}
