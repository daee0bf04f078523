import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { expectAccessible } from '../support/axe.ts';
import { sharedBrowser, signIn } from '../support/browser.ts';
import { startScreen } from '../support/clients.ts';
import { sharedServer } from '../support/server.ts';

const server = sharedServer({ COMMAND_TIMEOUT_MS: '8000' });
const browser = sharedBrowser();

/** Provisioned but never connected: sufficient for selection and editing. */
async function provision(group: string, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, (_, i) => `${group}-${String(i + 1).padStart(2, '0')}`);
  await Promise.all(ids.map((id) => server.it.call('/devices', { id, group, labels: { floor: '1' } })));
  return ids;
}

async function openWall(group: string, more = '', token = server.it.adminToken): Promise<Page> {
  const page = await browser.open();
  await signIn(page, server.it, token, `/?sort=name&group=${group}${more}`);
  await card(page, `${group}-01`).waitFor();
  return page;
}

const card = (page: Page, id: string) => page.getByRole('link', { name: id, exact: false });
const selected = (page: Page, text: string) => page.getByRole('status').getByText(text, { exact: true }).waitFor();
const chosen = async (page: Page) =>
  (await page.getByRole('checkbox', { checked: true }).all()).length === 0
    ? []
    : page.getByRole('checkbox', { checked: true }).evaluateAll((boxes) => boxes.map((it) => it.ariaLabel));
const action = (page: Page, name: string) => page.locator('#page').getByRole('button', { name, exact: true });

test('Q9 the mouse: Ctrl toggles, Shift selects a range, a click on a card selects it while any is selected', async () => {
  await provision('mouse', 8);
  const page = await openWall('mouse');
  expect(await page.getByRole('checkbox', { checked: true }).count()).toBe(0);
  expect(await action(page, 'Block').count()).toBe(0);
  await card(page, 'mouse-02').click({ modifiers: ['Control'] });
  await selected(page, '1 selected');
  await card(page, 'mouse-05').click({ modifiers: ['Shift'] });
  await selected(page, '4 selected');
  // Extending the range again replaces it.
  await card(page, 'mouse-04').click({ modifiers: ['Shift'] });
  await selected(page, '3 selected');
  await card(page, 'mouse-03').click({ modifiers: ['Control'] });
  await card(page, 'mouse-08').click();
  await selected(page, '3 selected');
  expect(await chosen(page)).toEqual(['Select mouse-02', 'Select mouse-04', 'Select mouse-08']);
  await expectAccessible(page);

  // Devices that no longer match stay selected, and are counted.
  await page.getByRole('searchbox').fill('mouse-02');
  await selected(page, '3 selected, 2 of them not shown');
  await page.getByRole('searchbox').fill('');
  await server.it.call('/devices/mouse-08', undefined, { method: 'DELETE' });
  await selected(page, '2 selected');

  await page.getByRole('button', { name: 'Table' }).click();
  await page.getByRole('checkbox', { name: 'Select mouse-03' }).click();
  await page.getByRole('checkbox', { name: 'Select mouse-06' }).click({ modifiers: ['Shift'] });
  await page.getByRole('checkbox', { name: 'Select mouse-01' }).click();
  expect(new Set(await chosen(page))).toEqual(
    new Set(['01', '02', '03', '04', '05', '06'].map((it) => `Select mouse-${it}`)),
  );
  await expectAccessible(page);
  await action(page, 'Select all 7 shown').click();
  await selected(page, '7 selected');
  await action(page, 'Clear').click();
  await card(page, 'mouse-03').click();
  await page.waitForURL('**/devices/mouse-03');
});

test('Q9 the keyboard: Space selects, Shift with arrows a range, Ctrl+A all visible ones, Escape none; Enter opens', async () => {
  await provision('keys', 12);
  const page = await openWall('keys', '&by=group&view=compact');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  await page.keyboard.press('j');
  await page.keyboard.press('Space');
  await selected(page, '1 selected');
  await page.keyboard.press('Shift+ArrowRight');
  await selected(page, '2 selected');
  await page.keyboard.press('Shift+ArrowDown');
  await page.keyboard.press('Shift+ArrowLeft');
  const first = await chosen(page);
  expect(first.length).toBeGreaterThan(3);
  expect(first).toEqual(first.map((_, i) => `Select keys-${String(i + 1).padStart(2, '0')}`));
  await page.keyboard.press('Control+a');
  await selected(page, '12 selected');
  await page.keyboard.press('Escape');
  await expect.poll(() => chosen(page)).toEqual([]);
  await page.keyboard.press('?');
  await page.getByRole('dialog').getByText('Select a range').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.keyboard.press('j');
  await page.keyboard.press('Space');
  await selected(page, '1 selected');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/devices/keys-*');
  await page.goBack();
  await selected(page, '1 selected');
});

test('Q9 touch: a long press selects, dragging selects more; afterwards a tap does', async () => {
  await provision('finger', 9);
  const page = await browser.open({ viewport: { width: 390, height: 800 }, hasTouch: true, isMobile: true });
  await signIn(page, server.it, undefined, '/?sort=name&group=finger&view=compact');
  const at = async (id: string) => {
    const box = await card(page, id).boundingBox();
    return { x: (box?.x ?? 0) + 20, y: (box?.y ?? 0) + 10 };
  };
  await card(page, 'finger-01').waitFor();
  const touch = await page.context().newCDPSession(page);
  const send = (type: 'touchStart' | 'touchMove' | 'touchEnd', points: { x: number; y: number }[]) =>
    touch.send('Input.dispatchTouchEvent', { type, touchPoints: points });
  await send('touchStart', [await at('finger-01')]);
  await selected(page, '1 selected');
  await send('touchMove', [await at('finger-03')]);
  await send('touchMove', [await at('finger-05')]);
  await selected(page, '5 selected');
  await send('touchEnd', []);
  await card(page, 'finger-08').tap();
  await selected(page, '6 selected');
  expect(new URL(page.url()).pathname).toBe('/');
  for (const it of await page.locator('#page button:visible').all()) {
    expect(Math.min((await it.boundingBox())?.height ?? 0, 44), await it.innerText()).toBe(44);
  }
  await expectAccessible(page);
  expect(await page.evaluate('document.querySelector("#page").scrollWidth')).toBeLessThanOrEqual(390);
});

test('Q9, C8 a command for the selection: its preview, typing the number to stop more than ten, as a rollout', async () => {
  const screens = await Promise.all(
    Array.from({ length: 12 }, (_, i) => startScreen(server.it, `show-${String(i + 1).padStart(2, '0')}`)),
  );
  for (const screen of screens) {
    screen.state = 'playing';
    screen.report();
  }
  const page = await browser.open();
  await signIn(page, server.it, undefined, '/?sort=name&q=show-');
  await page.getByRole('button', { name: /^On air 12$/ }).waitFor();
  await server.it.call('/devices', { id: 'show-99' });
  await card(page, 'show-01').focus();
  await card(page, 'show-99').waitFor();
  await page.keyboard.press('Control+a');
  await selected(page, '13 selected');
  await action(page, 'Command').click();
  const dialog = page.getByRole('dialog', { name: 'Send command to 13 screens' });
  await dialog.getByText('12 will pause, 1 is offline').waitFor();
  await dialog.getByLabel('Command').selectOption('Stop');
  const send = dialog.getByRole('button', { name: 'Send to 12 devices' });
  expect(await send.isDisabled()).toBe(true);
  await dialog.getByLabel('12 screens will go dark. Type 12 to confirm').fill('12');
  await expectAccessible(page);
  await send.click();
  await page.getByText('12 succeeded, 1 is offline').first().waitFor();
  expect(screens.map((it) => it.received.map(({ command }) => command))).toEqual(screens.map(() => ['vlc:stop']));

  await action(page, 'Command').click();
  await dialog.getByRole('link', { name: 'Roll out step by step…' }).click();
  await page.getByText('13 devices chosen').waitFor();
  await page.getByLabel('Command').selectOption('Stop');
  await page.getByRole('button', { name: 'Start for 13…' }).click();
  const sure = page.getByRole('alertdialog', { name: 'Stop: 13 devices?' });
  expect(await sure.getByRole('button', { name: 'Start' }).isDisabled()).toBe(true);
  await sure.getByLabel('Type 13 to confirm').fill('13');
  expect(await sure.getByRole('button', { name: 'Start' }).isDisabled()).toBe(false);
  await expectAccessible(page);
  await sure.getByRole('button', { name: 'Cancel' }).click();

  // Without a selection, there is no action bar.
  await page.getByRole('button', { name: 'Choose by filter instead' }).click();
  await page.getByText('0 devices chosen').waitFor();
  expect(await page.getByRole('button', { name: /^Start for/ }).isDisabled()).toBe(true);
});

test('Q9, U1 labels, group and block of the selection; and CSV for a spreadsheet', async () => {
  await provision('edit', 4);
  await server.it.call(
    '/devices/edit-04',
    { name: '=Évil; "name"', labels: { floor: '2', tv: 'lg' } },
    {
      method: 'PATCH',
    },
  );
  const page = await openWall('edit');
  const documents = async () =>
    Promise.all(
      ['edit-01', 'edit-03', 'edit-04'].map(async (id) => (await server.it.call(`/devices/${id}`)).body.document),
    );
  await card(page, 'edit-01').click({ modifiers: ['Control'] });
  await card(page, 'edit-03').click({ modifiers: ['Control'] });
  await card(page, 'Évil').click();
  const file = page.waitForEvent('download');
  await action(page, 'CSV').click();
  const saved = await file;
  expect(saved.suggestedFilename()).toMatch(/^screens-\d{4}-\d\d-\d\d\.csv$/);
  const [head, one, , three] = (await readFile(await saved.path(), 'utf8')).split('\r\n');
  expect(head).toMatch(/^\ufeffId,Name,Group,Labels,Status,/);
  expect(one).toMatch(
    /^edit-01,,edit,floor=1,Awaiting first connection,never connected,\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,,/,
  );
  expect(three).toMatch(/^edit-04,"'=Évil; ""name""",edit,floor=2 tv=lg,/);

  await action(page, 'Labels').click();
  const labels = page.getByRole('dialog', { name: 'Labels of 3 screens' });
  await labels.getByLabel('Labels to add or change').fill('zone=north\nfloor=9');
  await labels.getByLabel('tv (1)').check();
  await expectAccessible(page);
  await labels.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Labels saved: 3').first().waitFor();
  expect((await documents()).map((it) => it.labels)).toEqual(Array(3).fill({ zone: 'north', floor: '9' }));

  await action(page, 'Group').click();
  const move = page.getByRole('dialog', { name: 'Move 3 screens to a group' });
  await move.getByLabel('Group', { exact: true }).fill('edited');
  await expectAccessible(page);
  await move.getByRole('button', { name: 'Move' }).click();
  await page.getByText('Moved: 3').first().waitFor();
  expect((await documents()).map((it) => it.group)).toEqual(['edited', 'edited', 'edited']);
  await selected(page, '3 selected, 3 of them not shown');

  await action(page, 'Block').click();
  const block = page.getByRole('dialog', { name: 'Block 3 screens?' });
  await block.getByLabel('Reason (optional)').fill('stolen');
  await expectAccessible(page);
  await block.getByRole('button', { name: 'Block' }).click();
  await page.getByText('Blocked: 3').first().waitFor();
  expect((await documents()).map((it) => it.blocked.reason)).toEqual(['stolen', 'stolen', 'stolen']);
  const records = (await server.it.call('/audit?kind=device.&limit=12')).body.records;
  for (const kind of ['device.edited', 'device.blocked']) {
    expect(records.filter((it: { kind: string }) => it.kind === kind).length).toBeGreaterThanOrEqual(3);
  }
});

test('Q9, A4, A7 a user without permission sees the reason; a token restricted to groups moves devices only between these', async () => {
  await provision('rights', 2);
  const tokenFor = async (role: string, groups?: string[]) =>
    (await server.it.call('/tokens', { name: `${role} of the wall`, role, ...(groups && { groups }) })).body.token;
  const states = async (page: Page) => {
    await card(page, 'rights-01').click({ modifiers: ['Control'] });
    await selected(page, '1 selected');
    const names = ['Command', 'Labels', 'Group', 'Block', 'CSV'];
    return Promise.all(names.map((name) => action(page, name).isEnabled()));
  };
  const viewer = await openWall('rights', '', await tokenFor('viewer'));
  expect(await states(viewer)).toEqual([false, false, false, false, true]);
  await viewer.getByText('Your role is read-only.').waitFor();
  await expectAccessible(viewer);
  const operator = await openWall('rights', '', await tokenFor('operator'));
  expect(await states(operator)).toEqual([true, false, false, false, true]);
  await operator.getByText('Labels, group and block require the role admin.').waitFor();
  const local = await openWall('rights', '', await tokenFor('admin', ['rights']));
  expect(await states(local)).toEqual([true, true, false, true, true]);
  await local.getByText('Your token is for the group rights only.').waitFor();

  const two = await openWall('rights', '', await tokenFor('admin', ['rights', 'rights-b']));
  await states(two);
  await action(two, 'Group').click();
  const move = two.getByRole('dialog', { name: 'Move 1 screen to a group' });
  await expect.poll(() => move.getByRole('option').allInnerTexts()).toEqual(['rights', 'rights-b']);
  await move.getByLabel('Group').selectOption('rights-b');
  await move.getByRole('button', { name: 'Move' }).click();
  await two.getByText('Moved: 1').first().waitFor();
  expect((await server.it.call('/devices/rights-01')).body.document.group).toBe('rights-b');
});
