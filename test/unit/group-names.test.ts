import { describe, expect, test } from 'vitest';
import { AdminTokens } from '../../src/access/admin-tokens.ts';
import { createMemoryStateStore } from '../../src/adapters/memory/state-store.ts';
import { newDocument } from '../../src/fleet/document.ts';
import { NewChannel } from '../../src/protocol/channels.ts';
import type { Update } from '../../src/protocol/document.ts';
import { matcherOf } from '../../src/protocol/filter/match.ts';
import { readFilter } from '../../src/protocol/filter/read.ts';
import { Profile } from '../../src/protocol/player.ts';
import { parseRoles } from '../../src/protocol/role-rules.ts';
import { ScheduleTarget } from '../../src/protocol/schedules.ts';
import { NewWebhook } from '../../src/protocol/webhooks.ts';
import { openHarness } from '../support/harness.ts';
import { createHarness } from '../support/http-harness.ts';
import { simulatedClock } from '../support/simulated-clock.ts';

const names: [given: string, is: string][] = [
  ['north/', 'north'],
  ['/north', 'north'],
  ['north//hall/', 'north/hall'],
  ['/ north', 'north'],
  [' north/ /hall ', 'north/hall'],
  ['north/hall', 'north/hall'],
  ['Córdoba / Rosario', 'Córdoba / Rosario'],
];
const nameless = ['/', '//', ' / / '];

describe("D9 a slash that separates nothing is left out of a group's name", () => {
  test.each(names)('%j from a player is %j, and a filter for it reaches no group below', (given, is) => {
    const { deviceGroup } = Profile.parse({ deviceGroup: given });
    expect(deviceGroup).toBe(is);
    const matches = matcherOf(readFilter('q', `group:${JSON.stringify(deviceGroup)}`));
    const inGroup = (group: string) => ({ ...newDocument('d', 0, 30_000), group });
    expect(['', '/below'].map((more) => matches(inGroup(`${is}${more}`), 0))).toEqual([true, false]);
  });

  test.each(nameless)('%j from a player is no group, and refuses no connection', (given) => {
    expect(Profile.parse({ deviceName: 'd', deviceGroup: given })).toEqual({ deviceName: 'd', deviceGroup: undefined });
  });

  test.each(names)('%j set by people is %j', async (given, is) => {
    const { call, known } = createHarness();
    const create = (path: string, body: object) => call('POST', path, { as: 'admin', body });
    expect((await create('/devices', { id: 'd', group: given })).status).toBe(201);
    expect(known.get('d')?.document.group).toBe(is);
    const groups = [given];
    expect((await (await create('/tokens', { name: 't', role: 'viewer', groups })).json()).groups).toEqual([is]);
    expect(NewWebhook.parse({ url: 'https://x.example', groups }).groups).toEqual([is]);
    expect(NewChannel.parse({ kind: 'slack', name: 'c', url: 'https://x.example', groups }).groups).toEqual([is]);
    expect(ScheduleTarget.parse({ groups })).toEqual({ groups: [is] });
    expect(parseRoles(`ops=viewer:${given}`)).toEqual([{ member: 'ops', role: 'viewer', groups: [is] }]);
  });

  test.each(nameless)('%j set by people is refused', async (group) => {
    const { call } = createHarness();
    const answer = await call('POST', '/devices', { as: 'admin', body: { id: 'd', group } });
    expect(await answer.json()).toMatchObject({ code: 'invalid_payload', errors: [{ path: 'group' }] });
    expect(parseRoles(`ops=viewer:${group}`)).toBeUndefined();
  });

  test('what is set for a group by an address must name it as it is', async () => {
    const { call } = createHarness();
    for (const [path, body] of [
      ['/policies/groups', { offlineAfterMs: 60_000 }],
      ['/groups', { playback: 'playing' }],
    ] as const) {
      const to = (name: string) => `${path}/${encodeURIComponent(name)}${path === '/groups' ? '/desired' : ''}`;
      const put = (name: string) => call('PUT', to(name), { as: 'admin', body });
      expect((await put('north/hall')).status).toBe(200);
      const answer = await put('north/');
      const errors = [{ path: 'group', message: 'write it as "north"' }];
      expect(await answer.json()).toMatchObject({ status: 400, code: 'invalid_payload', errors });
    }
  });

  test('a device of an earlier version gets the name by a change', async () => {
    const store = createMemoryStateStore();
    const document = (group: string) => ({ ...newDocument('d', 0, 30_000), group });
    store.put('devices', 'd', { version: 7, document: document('north/'), edited: ['group'] });
    store.put('devices', 'fine', { version: 7, document: { ...document('north'), id: 'fine' }, edited: [] });
    await store.close();
    const updates: Update[] = [];
    const { fleet } = await openHarness({
      clock: simulatedClock(),
      store: store.crash(),
      changed: (update) => void updates.push(update),
    });
    expect(fleet.get('d')).toMatchObject({ version: 8, document: { group: 'north' } });
    expect(fleet.get('fine')).toMatchObject({ version: 7, document: { group: 'north' } });
    expect(updates).toMatchObject([{ deviceId: 'd', version: 8, patch: [{ path: '/group', value: 'north' }] }]);
  });

  test('a token of an earlier version sees the group', async () => {
    const store = createMemoryStateStore();
    const clock = simulatedClock();
    const load = () => AdminTokens.load(store, clock, 'the-admin-token');
    const { token } = await (await load()).create({ name: 't', role: 'viewer', groups: ['north/'] });
    expect((await load()).verify(token)?.groups).toEqual(['north']);
  });
});
