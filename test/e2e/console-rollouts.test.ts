import { expect, test } from 'vitest';
import { sharedBrowser, signIn } from '../support/browser.ts';
import { type Screen, startScreen } from '../support/clients.ts';
import { sharedServer } from '../support/server.ts';

const server = sharedServer({ COMMAND_TIMEOUT_MS: '8000' });
const browser = sharedBrowser();

const group = (name: string, count: number) =>
  Promise.all(Array.from({ length: count }, (_, i) => startScreen(server.it, `${name}-${i + 1}`)));
const receivedBy = (screens: readonly Screen[]) => screens.filter((it) => it.received.length > 0).length;

async function plan(search: string, settings: Record<string, string>) {
  const page = await browser.open();
  await signIn(page, server.it, undefined, `/rollouts?q=${search}`);
  await page.getByText('More settings').click();
  for (const [label, value] of Object.entries(settings)) await page.getByLabel(label).fill(value);
  return page;
}

test('N1, N8 a rollout is started for the selected devices, survives a reload, and ends with a report', async () => {
  const screens = await group('roof', 8);
  const page = await plan('roof', { 'Watch, seconds': '1', Canary: '2' });
  await page.getByText('8 devices chosen').waitFor();
  await page.getByRole('button', { name: 'Start for 8' }).click();
  await page.getByText('8 will be sent the command').waitFor();
  expect(receivedBy(screens)).toBe(0);
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  await page.getByText('Sent to the canary').waitFor();
  await page.reload();
  await page.getByText('8 of 8').waitFor();
  await page.getByText('All devices have a result.').waitFor();
  await page.getByRole('cell', { name: 'succeeded' }).nth(7).waitFor();
  expect(screens.map((it) => it.received.length)).toEqual(screens.map(() => 1));
  await page.getByRole('link', { name: 'Rollouts' }).first().click();
  await page.getByRole('row', { name: /Play.*finished.*8 of 8/ }).waitFor();
});

test('C9, N1 a command declared by the selected devices is rolled out with its parameters', async () => {
  const screens = await group('stairs', 3);
  const seconds = { type: 'integer', title: 'Delay', not: { const: 7 } };
  const reboot = {
    name: 'reboot',
    title: 'Reboot',
    params: { type: 'object', required: ['seconds'], properties: { seconds } },
  };
  for (const { socket } of screens.slice(0, 2)) {
    const deviceId = (socket.auth as { deviceId: string }).deviceId;
    await socket.emitWithAck('player:register', { deviceId, commands: [reboot] });
  }
  await group('ladder', 1);
  const page = await plan('ladder', { 'Watch, seconds': '0' });
  const command = page.getByLabel('Command');
  await page.getByText('1 devices chosen').waitFor();
  expect(await command.getByText('Reboot').count()).toBe(0);
  await page.getByRole('searchbox').fill('stairs');
  await page.getByText('3 devices chosen').waitFor();
  await command.selectOption('Reboot');
  await page.getByLabel('Delay').fill('7');
  await page.getByRole('button', { name: 'Start for 3' }).click();
  await page.getByText('must NOT be valid', { exact: true }).waitFor();
  expect(await page.locator('input[aria-invalid=true]').inputValue()).toBe('7');

  await page.getByLabel('Delay').fill('5');
  await page.getByRole('button', { name: 'Start for 3' }).click();
  await page.getByRole('alertdialog', { name: 'Reboot: 3 devices?' }).waitFor();
  await page.getByText('2 will be sent the command').waitFor();
  await page.getByText('1 do not have this command').waitFor();
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  await page.getByText('3 of 3').waitFor();
  await page.getByText('{"seconds":5}').waitFor();
  await page.getByText('stairs', { exact: true }).waitFor();
  const received = screens.map((it) => it.received.map(({ command, params }) => [command, params]));
  expect(received).toEqual([[['reboot', { seconds: 5 }]], [['reboot', { seconds: 5 }]], []]);
});

test('N3, N7 it stops automatically, and can be resumed, paused and cancelled', async () => {
  const screens = await group('cellar', 30);
  for (const screen of screens) screen.answers = 'error';
  const page = await plan('cellar', { 'Watch, seconds': '0', Canary: '2', 'Devices per second': '1' });
  await page.getByRole('button', { name: 'Start for 30' }).click();
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  await page.getByText('Stopped by itself: too many devices failed.').waitFor();
  expect(receivedBy(screens)).toBe(1);
  await page.getByRole('button', { name: 'failed 1' }).click();
  await page.getByRole('cell', { name: 'so it is' }).waitFor();

  for (const screen of screens) screen.answers = 'success';
  await page.getByRole('button', { name: 'Resume' }).click();
  await page.getByText('It starts again with a canary.').waitFor();
  await page.getByRole('button', { name: 'Resume', exact: true }).last().click();
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.getByText('No more are sent. (admin)').waitFor();
  await page.getByRole('button', { name: 'Cancel rollout' }).click();
  await page.getByText('devices will not receive it').waitFor();
  await page.getByRole('button', { name: 'Cancel rollout' }).last().click();
  await page.getByText('30 of 30').waitFor();
  expect(receivedBy(screens)).toBeLessThan(30);
  expect(Math.max(...screens.map((it) => it.received.length))).toBe(1);
});

test('N8 a viewer sees rollouts but cannot start or stop any', async () => {
  await group('attic', 2);
  const wanted = { filter: 'attic', command: 'play', name: 'the attic', watchMs: 0 };
  const { id } = (await server.it.call('/rollouts', wanted)).body.document;
  const { token } = (await server.it.call('/tokens', { name: 'viewer', role: 'viewer' })).body;
  const page = await browser.open();
  await signIn(page, server.it, token, '/rollouts');
  await page.getByRole('link', { name: 'the attic' }).click();
  await page.waitForURL(`**/rollouts/${id}`);
  await page.getByText('2 of 2').waitFor();
  expect(await page.getByRole('button', { name: /Pause|Resume|Cancel/ }).count()).toBe(0);
});
