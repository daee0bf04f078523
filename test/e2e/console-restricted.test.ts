import { expect, test } from 'vitest';
import { expectAccessible } from '../support/axe.ts';
import { sharedBrowser, signIn } from '../support/browser.ts';
import { next } from '../support/clients.ts';
import { flapUntilRestricted } from '../support/restricted.ts';
import { sharedServer } from '../support/server.ts';

const server = sharedServer();
const browser = sharedBrowser();

test('P13 a restricted device shows the reason on its page and on the wall; an operator can lift it, a viewer cannot', async () => {
  const { token } = (await server.it.call('/tokens', { name: 'guest', role: 'viewer' })).body;
  const player = await flapUntilRestricted(server.it, 'flaps-1');
  await next(player, 'player:registered');
  player.disconnect();
  const [page, wall, guest] = [await browser.open(), await browser.open(), await browser.open()];
  await signIn(page, server.it, undefined, '/devices/flaps-1');
  await signIn(wall, server.it);
  await signIn(guest, server.it, token, '/devices/flaps-1');
  for (const it of [page, guest]) await it.getByRole('heading', { name: 'flaps-1' }).waitFor();
  await wall.getByRole('link', { name: /flaps-1/ }).waitFor();

  // The second pause is longer.
  const again = await flapUntilRestricted(server.it, 'flaps-1');
  const notice = page.getByRole('alert').filter({ hasText: 'Restricted: connects too often' });
  const lift = notice.getByRole('button', { name: 'Lift restriction' });
  const chip = wall.getByRole('button', { name: /^Restricted/ });
  const toGuest = guest.getByRole('alert').filter({ hasText: 'Restricted: connects too often' });
  await Promise.all([lift, chip, toGuest].map((it) => it.waitFor()));
  expect(await toGuest.getByRole('button').count()).toBe(0);
  await expectAccessible(page);
  const back = next(again, 'player:registered');
  await lift.click();
  await page.getByText('Restriction lifted').waitFor();
  await notice.waitFor({ state: 'detached' });
  await back;
});
