import { expect, test } from 'vitest';
import { expectAccessible } from '../support/axe.ts';
import { sharedBrowser, signIn } from '../support/browser.ts';
import { startScreen } from '../support/clients.ts';
import { image } from '../support/images.ts';
import { sharedServer, startServer, type TestServer } from '../support/server.ts';

/** The console claims only what is known. */
const server = sharedServer({ COMMAND_TIMEOUT_MS: '8000' });
const browser = sharedBrowser();

/** A playing screen that sends a picture on request. */
async function startPlaying(on: TestServer, id: string) {
  const screen = await startScreen(on, id);
  const picture = (await image('png')).toString('base64');
  let asked = 0;
  const state = () => ({ vlc: { state: screen.state, fullscreen: false, item: 'Welcome' } });
  screen.state = 'playing';
  screen.report = (socket = screen.socket) => socket.emit('player:state', state());
  screen.socket.on('player:request:snapshot', () => {
    asked++;
    screen.socket.emit('player:state', { ...state(), snapshot: { data: picture } });
  });
  screen.report();
  await expect.poll(async () => (await on.call(`/devices/${id}`)).body.document.onAir.status).toBe('yes');
  return { screen, pictures: () => asked };
}

const statusOf = async (on: TestServer, id: string) =>
  (await on.call(`/devices/${id}`)).body.document.connection.status as string;

test('Q1 an offline device shows what played last, not as live: on its page, the wall and the table', async () => {
  const { screen } = await startPlaying(server.it, 'gone-1');
  const page = await browser.open();
  await signIn(page, server.it, undefined, '/devices/gone-1');
  const now = page.getByRole('region', { name: 'Now playing' });
  await now.getByText('Welcome', { exact: true }).waitFor();
  await page.getByText('Live', { exact: true }).waitFor();
  screen.socket.disconnect();
  await expect.poll(() => statusOf(server.it, 'gone-1')).toBe('offline');
  const last = page.getByRole('region', { name: 'Last seen' });
  await last.getByText('Last seen playing Welcome', { exact: true }).waitFor();
  await last
    .getByText(/ago|just now/)
    .first()
    .waitFor();
  await page.getByText('Last known state', { exact: true }).waitFor();
  expect(await now.count()).toBe(0);
  expect(await page.getByText('Live', { exact: true }).count()).toBe(0);
  await expectAccessible(page);

  await page.goto(`${server.it.url}/?q=gone-1`);
  await page.getByRole('link', { name: /gone-1.*Last seen playing Welcome, / }).waitFor();
  await page.getByRole('button', { name: 'Table' }).click();
  await page.getByRole('row', { name: /Offline.*gone-1.*Last seen playing Welcome, / }).waitFor();
});

test('Q1 screenshots show their age; opening a device that can send one takes a new one', async () => {
  const { pictures } = await startPlaying(server.it, 'shot-1');
  const page = await browser.open();
  await signIn(page, server.it, undefined, '/devices/shot-1');
  const now = page.getByRole('region', { name: 'Now playing' });
  await now.getByRole('img', { name: 'What the screen showed' }).waitFor();
  await now.getByText(/^Picture from /).waitFor();
  expect(pictures()).toBe(1);
  await page.goto(`${server.it.url}/?q=shot-1`);
  await page.getByTitle('Age of the picture').waitFor();
});

test('Q2 an unreachable device cannot be commanded, and the page says why', async () => {
  const { screen } = await startPlaying(server.it, 'far-1');
  await server.it.call('/devices', { id: 'new-1' });
  const page = await browser.open();
  await signIn(page, server.it, undefined, '/devices/far-1');
  const commands = page.getByRole('region', { name: 'Commands' });
  const pause = commands.getByRole('button', { name: 'Pause' });
  await expect.poll(() => pause.isEnabled()).toBe(true);
  screen.socket.disconnect();
  await commands.getByText('The screen is offline.').waitFor();
  expect(await pause.isDisabled()).toBe(true);
  await page.keyboard.press('c');
  await page.keyboard.press('p');
  await page.getByText('The screen is offline', { exact: true }).waitFor();
  expect((await server.it.call('/devices/far-1/commands')).body.commands).toEqual([]);
  await page.goto(`${server.it.url}/devices/new-1`);
  await commands.getByText('The screen has never connected.').waitFor();
});

test('Q2 a command clicked as the server went away does not run later', async () => {
  const own = await startServer({ COMMAND_TIMEOUT_MS: '8000' });
  const { screen } = await startPlaying(own, 'late-1');
  const page = await browser.open();
  let swallows = false;
  let cut = () => {};
  await page.routeWebSocket(/socket\.io/, (line) => {
    const there = line.connectToServer();
    line.onMessage((message) => {
      if (swallows && String(message).includes('command:send')) cut = () => void line.close();
      else there.send(message);
    });
  });
  await signIn(page, own, undefined, '/devices/late-1');
  await page.getByText('Live over WebSocket').waitFor();
  const commands = page.getByRole('region', { name: 'Commands' });
  swallows = true;
  await commands.getByRole('button', { name: 'Pause' }).click();
  await commands.getByRole('listitem').filter({ hasText: 'Pause' }).waitFor();
  swallows = false;
  cut();
  await commands.getByText(/^The result is unknown/).waitFor();
  await page.getByText('Live', { exact: true }).waitFor();
  // If it had been sent again, it would have arrived before the next command.
  await commands.getByRole('button', { name: 'Full screen' }).click();
  await expect.poll(() => screen.received.map((it) => it.command)).toEqual(['vlc:fullscreen']);
});

test('Q2, Q3 while the server is away nothing is sent; failed requests are repeated once it is back', async () => {
  const own = await startServer();
  await startPlaying(own, 'away-1');
  const page = await browser.open();
  await signIn(page, own, undefined, '/devices/away-1');
  const commands = page.getByRole('region', { name: 'Commands' });
  await expect.poll(() => commands.getByRole('button', { name: 'Pause' }).isEnabled()).toBe(true);
  const port = own.port;
  await own.stop('SIGKILL');
  await commands.getByText('No connection to the server.').waitFor();
  expect(await commands.getByRole('button', { name: 'Pause' }).isDisabled()).toBe(true);
  await page.getByText('Last known state', { exact: true }).waitFor();
  await page.getByRole('region', { name: 'What happened' }).getByLabel('Period').selectOption({ label: 'Last 7 days' });
  await page.getByRole('button', { name: 'Try again' }).first().waitFor();
  const back = await own.restart();
  expect(back.port).toBe(port);
  await page.getByRole('button', { name: 'Try again' }).first().waitFor({ state: 'detached' });
  await page.getByText('Live', { exact: true }).waitFor();
});

test('Q6 no single key sends a command: the first half of “g a” pauses nothing', async () => {
  const { screen } = await startPlaying(server.it, 'keys-2');
  const page = await browser.open();
  await signIn(page, server.it, undefined, '/devices/keys-2');
  await page.getByRole('region', { name: 'Now playing' }).waitFor();
  // The rest of a sequence that was typed too slowly.
  for (const key of ['p', 'a', 's', 'f']) await page.keyboard.press(key);
  expect(await page.getByRole('alertdialog').count()).toBe(0);
  await page.keyboard.press('c');
  await page.keyboard.press('a');
  await expect.poll(() => screen.received.map((it) => it.command)).toEqual(['vlc:pause']);
});
