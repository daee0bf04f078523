import { expect, it } from 'vitest';
import { createHarness } from '../../support/http-harness.ts';

const trouble = { name: 'Trouble in Córdoba', query: 'group=C%C3%B3rdoba&status=offline&view=compact' };

it('Q10, U1 operators save, rename, replace and delete views; everybody lists them by name', async () => {
  const { call, audited } = createHarness();
  const save = (body: unknown, as = 'operator') => call('POST', '/views', { as, body });
  expect((await save(trouble, 'viewer')).status).toBe(403);
  const created = await save(trouble);
  expect(created.status).toBe(201);
  const { id, ...view } = await created.json();
  expect(view).toMatchObject({ ...trouble, createdBy: 'operator', changedBy: 'operator' });
  expect(audited.at(-1)).toMatchObject({ kind: 'view.created', details: { id, ...trouble } });
  expect((await save({ name: 'Floor 10', query: '' })).status).toBe(201);
  expect((await save({ name: 'Floor 9', query: '' })).status).toBe(201);
  const names = async () =>
    (await (await call('GET', '/views', { as: 'viewer' })).json()).views.map((it: { name: string }) => it.name);
  expect(await names()).toEqual(['Floor 9', 'Floor 10', 'Trouble in Córdoba']);

  const edit = (body: unknown) => call('PATCH', `/views/${id}`, { as: 'operator', body });
  expect((await edit({ name: 'floor 9' })).status).toBe(409);
  expect(await (await edit({ name: 'trouble in córdoba' })).json()).toMatchObject({ query: trouble.query });
  expect(await (await edit({ query: 'q=x' })).json()).toMatchObject({ name: 'trouble in córdoba', query: 'q=x' });
  expect(audited.at(-1)).toMatchObject({ kind: 'view.edited', details: { id, fields: ['query'] } });
  expect((await call('DELETE', `/views/${id}`, { as: 'operator' })).status).toBe(204);
  expect(audited.at(-1)).toMatchObject({ kind: 'view.removed', details: { id, name: 'trouble in córdoba' } });
  expect((await edit({ query: '' })).status).toBe(404);
  expect((await call('DELETE', `/views/${id}`)).status).toBe(404);
  expect(await names()).toEqual(['Floor 9', 'Floor 10']);
});

it('Q10 a view needs a new name, and their number is bounded', async () => {
  const { call } = createHarness();
  const save = async (body: object) => {
    const answer = await call('POST', '/views', { body });
    return { status: answer.status, ...(await answer.json()) };
  };
  expect(await save({ name: ' ', query: '' })).toMatchObject({ status: 400, errors: [{ path: 'name' }] });
  expect(await save({ name: 'x' })).toMatchObject({ status: 400, errors: [{ path: 'query' }] });
  expect(await save({ ...trouble, columns: 3 })).toMatchObject({ status: 400 });
  for (let i = 0; i < 200; i++) await save({ name: `View ${i}`, query: '' });
  expect(await save({ name: 'view 7', query: '' })).toMatchObject({ status: 409, code: 'conflict' });
  expect(await save({ name: 'One more', query: '' })).toMatchObject({ status: 409, code: 'conflict' });
});
