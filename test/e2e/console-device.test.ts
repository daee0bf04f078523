import { expect, test } from 'vitest';
import { sharedBrowser, signIn } from '../support/browser.ts';
import { next, startScreen } from '../support/clients.ts';
import { image } from '../support/images.ts';
import { sharedServer } from '../support/server.ts';

const server = sharedServer({ OFFLINE_GRACE_MS: '60000', COMMAND_TIMEOUT_MS: '8000' });
const browser = sharedBrowser();

test('a live device: changes are highlighted, and its statechart, a new screenshot, its timeline and playback history are shown', async () => {
  const screen = await startScreen(server.it, 'desk-1');
  let item = 'Welcome';
  const state = () => ({ vlc: { state: 'playing', fullscreen: false, item } });
  screen.report = () => screen.socket.emit('player:state', state());
  screen.report();
  const picture = (await image('png')).toString('base64');
  screen.socket.on('player:request:snapshot', () => {
    screen.socket.emit('player:state', { ...state(), snapshot: { data: picture } });
  });
  const periods = async (kind: string) =>
    (await server.it.call(`/devices/desk-1/periods?kind=${kind}`)).body.periods as { status?: string }[];
  // Periods are written with a delay, and the page requests them only when it opens.
  await expect.poll(async () => (await periods('connection')).at(-1)?.status).toBe('online');
  await expect.poll(async () => (await periods('onAir')).at(-1)?.status).toBe('yes');
  const page = await browser.open();
  await signIn(page, server.it, undefined, '/devices/desk-1');
  await page.getByText('Statechart and raw state').click();
  const tree = page.getByRole('region', { name: 'State' });
  // The item is shown twice: derived in `playback`, and as the player reported it.
  const first = tree.getByText('Welcome', { exact: true }).last();
  await first.waitFor();
  expect(await first.getAttribute('data-changes')).toBe('0');
  item = 'Menu';
  screen.report();
  const changed = tree.getByText('Menu', { exact: true }).last();
  await changed.waitFor();
  expect(await changed.getAttribute('data-changes')).toBe('1');
  // The highlight is an animation; its name remains after it has run.
  expect(await changed.evaluate((it) => it.ownerDocument.defaultView.getComputedStyle(it).animationName)).not.toBe(
    'none',
  );

  await page.getByRole('button', { name: 'Take screenshot' }).click();
  const gallery = page.getByRole('region', { name: 'Screenshots' });
  await gallery.locator('img').first().waitFor();
  await gallery.getByRole('listitem').getByRole('button').first().click();
  await page.getByRole('dialog').getByRole('img').waitFor();
  await page.keyboard.press('Escape');

  const active = page.getByRole('region', { name: 'Statechart' }).locator('[aria-current]');
  await expect.poll(() => active.allInnerTexts()).toContainEqual(expect.stringMatching(/^online/));
  const band = page.getByRole('region', { name: 'Connection and on air' }).locator('rect');
  await expect.poll(() => band.count()).toBeGreaterThan(1);
  screen.socket.disconnect();
  await expect.poll(() => active.allInnerTexts()).toContainEqual(expect.stringMatching(/^reconnecting/));
  await page.getByText('Reconnecting', { exact: true }).waitFor();
  screen.socket.connect();
  await next(screen.socket, 'player:registered');
  await expect.poll(() => active.allInnerTexts()).toContainEqual(expect.stringMatching(/^online/));
  await expect.poll(async () => (await periods('playback')).length).toBeGreaterThan(1);
  await page.reload();
  const played = page.getByRole('region', { name: 'Playback history' });
  await played.getByRole('cell', { name: 'Welcome' }).waitFor();
  await played.getByRole('cell', { name: 'Menu' }).first().waitFor();
});

test('commands that darken a screen require confirmation', async () => {
  const screen = await startScreen(server.it, 'desk-2');
  screen.state = 'playing';
  screen.report();
  const page = await browser.open();
  await signIn(page, server.it, undefined, '/devices/desk-2');
  await page.getByRole('button', { name: 'Stop' }).click();
  const question = page.getByRole('alertdialog', { name: 'Stop desk-2?' });
  await question.getByText('The screen goes dark').waitFor();
  await question.getByRole('button', { name: 'Cancel' }).click();
  await question.waitFor({ state: 'detached' });
  expect(screen.received).toEqual([]);
  await page.keyboard.press('c');
  await page.keyboard.press('s');
  await question.getByRole('button', { name: 'Stop' }).click();
  await page.getByText('desk-2 · Stop: succeeded').first().waitFor();
  expect(screen.received.map((it) => it.command)).toEqual(['vlc:stop']);
});
