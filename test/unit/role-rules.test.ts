import { expect, test } from 'vitest';
import { AdminTokens } from '../../src/access/admin-tokens.ts';
import { createMemoryStateStore } from '../../src/adapters/memory/state-store.ts';
import { parseRoles, roleOf } from '../../src/protocol/role-rules.ts';
import { simulatedClock } from '../support/simulated-clock.ts';

test('A14 rules map groups of the provider to roles and groups of devices', () => {
  expect(parseRoles('admins=admin; ops=operator:Córdoba, Rosario ;cn=x,ou=y=viewer;*=viewer')).toEqual([
    { member: 'admins', role: 'admin' },
    { member: 'ops', role: 'operator', groups: ['Córdoba', 'Rosario'] },
    { member: 'cn=x,ou=y', role: 'viewer' },
    { member: '*', role: 'viewer' },
  ]);
  for (const faulty of ['', ';', 'admins', 'admins=owner', '=admin', 'a=viewer; b', 'a=viewer:,']) {
    expect(parseRoles(faulty), faulty).toBeUndefined();
  }
});

test.each([
  ['no group', [], undefined],
  ['a group without a rule', ['others'], undefined],
  ['one rule', ['cordoba'], { role: 'operator', groups: ['Córdoba'] }],
  [
    'two rules of one role: the groups of both',
    ['cordoba', 'rosario'],
    { role: 'operator', groups: ['Córdoba', 'Rosario'] },
  ],
  ['a higher role, for its groups alone', ['cordoba', 'all'], { role: 'operator', groups: ['Córdoba'] }],
  ['the whole fleet, beside some groups', ['cordoba', 'ops'], { role: 'operator' }],
  ['the highest role', ['all', 'admins', 'cordoba'], { role: 'admin' }],
])('A14 the rights of a member of %s', (_, memberOf, wanted) => {
  const text = 'admins=admin; ops=operator; cordoba=operator:Córdoba; rosario=operator:Rosario; all=viewer';
  expect(roleOf(parseRoles(text) ?? [], memberOf)).toEqual(wanted);
  expect(roleOf(parseRoles(`${text}; *=viewer`) ?? [], memberOf)).toEqual(wanted ?? { role: 'viewer' });
});

test('A14 a user keeps one identity, in the list of tokens; changed rights end the sessions, removal too', async () => {
  const store = createMemoryStateStore();
  const ended: string[] = [];
  const tokens = await AdminTokens.load(store, simulatedClock(), 'the-admin-token', (id) => ended.push(id));
  const ana = await tokens.signInUser('issuer u1', { name: 'ana', role: 'operator', groups: ['Córdoba'] });
  expect(tokens.list()).toMatchObject([{ id: ana.tokenId, name: 'ana', isUser: true }]);
  expect(await tokens.signInUser('issuer u1', { name: 'ana', role: 'operator', groups: ['Córdoba'] })).toEqual(ana);
  await tokens.signInUser('issuer u2', { name: 'ana', role: 'viewer' });
  expect(ended).toEqual([]);
  const more = await tokens.signInUser('issuer u1', { name: 'ana', role: 'admin' });
  expect(more).toEqual({ tokenId: ana.tokenId, name: 'ana', role: 'admin' });
  expect(ended).toEqual([ana.tokenId]);
  for (const guess of ['issuer u1', '', 'user']) expect(tokens.verify(guess)).toBeUndefined();
  const restarted = await AdminTokens.load(store.crash(), simulatedClock(), 'the-admin-token');
  expect(restarted.identity(ana.tokenId)).toEqual(more);
  await tokens.remove(ana.tokenId);
  expect(tokens.identity(ana.tokenId)).toBeUndefined();
  const again = await tokens.signInUser('issuer u1', { name: 'ana', role: 'viewer' });
  expect(again.tokenId).not.toBe(ana.tokenId);
});
