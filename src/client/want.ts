import type { DesiredState } from '../protocol/desired-state.ts';
import { callRest } from './rest.ts';

/** The screens concerned. If several desired states apply to a device, the most specific one counts. */
export type Whose = { deviceId: string } | { group: string } | { all: true };

/**
 * Sets the desired state of screens; null removes it.
 * @throws ClientError
 */
export async function want(
  at: { url: string; token: string },
  whose: Whose,
  state: DesiredState | null,
): Promise<void> {
  const given = state ? { method: 'PUT', type: 'application/json', body: JSON.stringify(state) } : { method: 'DELETE' };
  await callRest(at, pathOf(whose), given, 'The wish was refused');
}

function pathOf(whose: Whose): string {
  if ('deviceId' in whose) return `/devices/${encodeURIComponent(whose.deviceId)}/desired`;
  return 'group' in whose ? `/groups/${encodeURIComponent(whose.group)}/desired` : '/desired';
}
