import { targetOutcomes } from '../../machines/rollout.ts';
import type { RolloutDesk } from '../../src/http/rollouts.ts';
import type { Rollout, VersionedRollout } from '../../src/protocol/rollouts.ts';

/** One rollout, of the group `hall`. */
export function fakeRollouts(): RolloutDesk {
  const document = {
    id: 'ro-0000000001',
    command: 'play',
    params: {},
    createdBy: 'ana',
    createdAt: '2026-03-01T12:00:00.000Z',
    status: 'running',
    since: '2026-03-01T12:00:00.000Z',
    targets: 'group:"hall"',
    settings: {},
    total: 1,
    counts: Object.fromEntries(targetOutcomes.map((it) => [it, 0])),
  } as unknown as Rollout;
  const seenBy = (groups: readonly string[] | undefined): VersionedRollout | undefined =>
    !groups || groups.includes('hall') ? { version: 1, document } : undefined;
  return {
    preview: (_, { groups }) => ({
      ...{ online: 0, send: 0, alreadySo: 0, unproven: 0, unknownCommand: 0, devices: [] },
      total: groups ? 1 : 2,
    }),
    create: async () => ({ version: 1, document }),
    list: async (_, groups) => (seenBy(groups) ? [document] : []),
    get: async (_, groups) => seenBy(groups),
    act: async (_, __, { groups }) => seenBy(groups),
    targets: async () => [],
  };
}
