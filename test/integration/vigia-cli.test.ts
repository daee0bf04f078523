import { once } from 'node:events';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { pairPlayer } from '../../src/client/player.ts';
import { next, playerOfSecondGeneration } from '../support/clients.ts';
import { freePort } from '../support/free-port.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { flapUntilRestricted } from '../support/restricted.ts';
import { sharedServer } from '../support/server.ts';
import { startVigia, vigia, vigiaOnTerminal } from '../support/vigia.ts';

const server = sharedServer({ COMMAND_TIMEOUT_MS: '8000' });

/** A screen that answers every command with this status; undefined: it is silent. */
async function screen(deviceId: string, group: string, status: 'success' | 'error' | undefined = 'success') {
  const socket = playerOfSecondGeneration(server.it, deviceId);
  socket.on('connect', () =>
    socket.emit('player:register', { deviceId, deviceGroup: group, deviceName: `The ${deviceId}` }),
  );
  socket.on('player:command', ({ commandId }) => {
    if (status)
      socket.emit('player:command:response', { commandId, status, ...(status === 'error' && { message: 'no file' }) });
  });
  await next(socket, 'player:registered');
  return socket;
}

describe('devices', () => {
  test('list prints an aligned table, and JSON lines for programs', async () => {
    await screen('list-1', 'lobby');
    await screen('list-2', 'hall');
    const table = await vigia(server.it, 'devices', 'list', '--q', 'list-');
    const [head = '', first = '', second = ''] = table.stdout.split('\n');
    expect(head).toMatch(/^ID +NAME +GROUP +STATUS/);
    expect(first).toMatch(/^list-1 +The list-1 +lobby +online/);
    expect(second.indexOf('hall')).toBe(head.indexOf('GROUP'));
    expect(table.stdout, 'no colours where nobody looks').not.toContain('\u001b');
    const json = await vigia(server.it, 'devices', 'list', '--group', 'hall', '--json');
    expect(json.lines().map(({ document }) => document.id)).toEqual(['list-2']);
  });

  test('show prints the document; an unknown id is one line and exit code 1', async () => {
    await screen('show-1', 'lobby');
    const shown = await vigia(server.it, 'devices', 'show', 'show-1');
    expect(JSON.parse(shown.stdout)).toMatchObject({ document: { id: 'show-1', group: 'lobby' } });
    const unknown = await vigia(server.it, 'devices', 'show', 'nowhere');
    expect(unknown).toMatchObject({ code: 1, stdout: '', stderr: 'There is no such device.\n' });
  });

  test('G1 desired: set, list, show and clear a desired state', async () => {
    await screen('want-1', 'wanted');
    const hours = ['--during', 'mon-wed,sun 08:00-22:00', '--during', 'daily 23:00-23:30'];
    const target = ['--group', 'wanted', '--fullscreen', 'on', '--give-up-after', '3'];
    expect((await vigia(server.it, 'desired', 'set', 'playing', ...target, ...hours)).code).toBe(0);
    const shown = await vigia(server.it, 'desired', 'show', 'want-1');
    const during = {
      mon: [
        ['08:00', '22:00'],
        ['23:00', '23:30'],
      ],
      thu: [['23:00', '23:30']],
    };
    const wish = { playback: 'playing', fullscreen: true, giveUpAfter: 3, source: 'group' };
    expect(JSON.parse(shown.stdout)).toMatchObject({ ...wish, during });
    const listed = await vigia(server.it, 'desired', 'list', '--group', 'wanted');
    expect(listed.stdout).toMatch(/^want-1 +playing, fullscreen, within hours +group /m);
    for (const [args, told] of [
      [['set', 'playing'], 'Give exactly one of --device ID, --group GROUP, --all.\n'],
      [['set', 'playing', '--all', '--during', 'someday 8-9'], /^--during "someday 8-9": write it as/],
      [['set', 'on', '--all'], /^playback: /],
    ] as const) {
      const wrong = await vigia(server.it, 'desired', ...args);
      expect(wrong.code).not.toBe(0);
      expect(wrong.stderr).toMatch(told);
    }
    expect((await vigia(server.it, 'desired', 'clear', '--group', 'wanted')).code).toBe(0);
    expect((await vigia(server.it, 'desired', 'show', 'want-1')).stdout).toBe('{}\n');
  });

  test('J5 schedule: preview, add, list, pause, resume, runs and remove', async () => {
    await screen('timed-1', 'timed');
    const schedule = (...args: string[]) => vigia(server.it, 'schedule', ...args);
    const timing = ['--at', '2035-03-25T02:30', '--rule', 'FREQ=DAILY;COUNT=3', '--time-zone', 'Europe/Madrid'];
    const opening = ['add', 'Opening', 'vlc:play', '--group', 'timed', ...timing];
    const preview = await schedule(...opening, '--preview');
    expect(preview.stdout).toMatch(/^Europe\/Madrid +1 +2035-03-25T02:30 +2035-03-25T01:00:00.000Z$/m);
    expect(preview.stdout.trim().split('\n')).toHaveLength(4);
    expect((await schedule('list')).stdout).not.toContain('Opening');
    const created = await schedule(...opening, '--param', 'volume=20', '--missed', 'once', '--within', '2h');
    expect(created.stderr).toMatch(/^sch-\w+ \(Opening\): ok, 1 devices, next 2035-03-25T01:00:00.000Z\n$/);
    expect(JSON.parse((await schedule('list', '--json')).stdout)).toMatchObject({
      name: 'Opening',
      params: { volume: 20 },
      target: { groups: ['timed'] },
      missed: 'once',
      withinMs: 7_200_000,
    });
    expect((await schedule('pause', 'Opening')).stderr).toContain('paused');
    expect((await schedule('list')).stdout).toMatch(/Opening +vlc:play +timed +1 +paused +–/);
    expect((await schedule('resume', 'Opening')).stderr).toContain('ok');
    expect(await schedule('runs', 'Opening')).toMatchObject({ code: 0, stdout: expect.stringContaining('LOCAL TIME') });
    for (const [args, told] of [
      [['add', 'A', 'play', '--all'], 'Give --at, such as --at 2026-12-24T08:00.\n'],
      [['add', 'A', 'play', ...timing], 'Give exactly one of --device, --group, --all and --filter.\n'],
      [['add', 'A', 'play', '--all', ...timing, '--within', 'long'], /^--within long: write it as/],
      [['add', 'A', 'play', '--all', '--at', '2035-01-01T08:00', '--rule', 'FREQ=SECONDLY'], /^rrule: FREQ is/],
      [['pause', 'Closing'], 'There is no schedule "Closing".\n'],
    ] as const) {
      const wrong = await schedule(...args);
      expect(wrong.code).not.toBe(0);
      expect(wrong.stderr).toMatch(told);
    }
    expect((await schedule('remove', 'Opening')).code).toBe(0);
    expect((await schedule('list')).stdout).not.toContain('Opening');
  });

  test('D8 block, list, unblock, and remove with --block', async () => {
    await screen('block-1', 'lobby');
    expect((await vigia(server.it, 'devices', 'block', 'block-1', '--reason', 'stolen')).code).toBe(0);
    const listed = await vigia(server.it, 'devices', 'blocked', '--json');
    expect(listed.lines()).toMatchObject([{ id: 'block-1', reason: 'stolen', known: true }]);
    expect((await vigia(server.it, 'devices', 'unblock', 'block-1')).code).toBe(0);
    expect((await vigia(server.it, 'devices', 'remove', 'block-1', '--block')).code).toBe(0);
    expect((await vigia(server.it, 'devices', 'blocked')).stdout).toMatch(/^block-1 .* removed$/m);
    await vigia(server.it, 'devices', 'unblock', 'block-1');
  });

  test('W12 alerts: list, show, acknowledge, assign, mute, comment on and filter them', async () => {
    await flapUntilRestricted(server.it, 'flaps-2');
    const open = async (...filter: string[]) =>
      (
        await vigia(
          server.it,
          'alerts',
          'list',
          '--about',
          'flaps-2',
          '--alert',
          'device_restricted',
          ...filter,
          '--json',
        )
      ).lines();
    await expect.poll(open, { timeout: PATIENCE_MS }).toMatchObject([{ alert: 'device_restricted' }]);
    const [{ id }] = await open();
    const act = (name: string, ...words: string[]) => vigia(server.it, 'alerts', name, id, ...words);
    const said = 'device_restricted about flaps-2: acknowledged by admin';
    expect(await act('acknowledge', '--comment', 'seen')).toMatchObject({ code: 0, stderr: `${said}\n` });
    expect((await act('assign', 'Luis')).stderr).toBe(`${said}, assigned to Luis\n`);
    expect(await open('--assignee', 'Ana')).toEqual([]);
    expect(await open('--assignee', 'Luis')).toHaveLength(1);
    expect((await act('mute', '2h')).stderr).toMatch(/assigned to Luis, muted until 20/);
    expect((await act('mute', 'long')).stderr).toContain('TIME long: write it as 30m, 2h or 1d.');
    expect((await act('unmute')).code).toBe(0);
    await act('assign');
    await act('unacknowledge');
    expect((await act('comment', 'The cable is loose')).stderr).toBe('device_restricted about flaps-2: open\n');
    const shown = await act('show');
    expect(shown.stdout).toMatch(/^warning device_restricted about flaps-2\nopened 20\S+, open\n/);
    expect(shown.stdout).toMatch(/ {2}admin {2}acknowledge {2}seen\n/);
    expect(shown.stdout).toMatch(/ {2}admin {2}assign {2}nobody\n/);
    expect(shown.stdout).toMatch(/ {2}comment {2}The cable is loose\n$/);
    const table = await vigia(server.it, 'alerts', 'list', '--about', 'flaps-2', '--severity', 'warning');
    expect(table.stdout).toMatch(
      /^ID +SEVERITY +ALERT +ABOUT +OPENED +STATE\n(.*\n)*\S+ +warning +device_restricted +flaps-2 /,
    );
    expect(await vigia(server.it, 'alerts', 'close', 'nowhere')).toMatchObject({
      code: 1,
      stderr: 'There is no such alert.\n',
    });
  });

  test('P13 unrestrict ends the restriction of a device that exceeded its budget', async () => {
    const player = await flapUntilRestricted(server.it, 'flaps-1');
    const restricted = async () => (await server.it.call('/devices/flaps-1')).body.document.connection.restricted;
    await expect.poll(restricted).toMatchObject({ why: 'flapping' });
    const until = Date.parse((await restricted()).until);
    const lifted = await vigia(server.it, 'devices', 'unrestrict', 'flaps-1');
    expect(lifted).toMatchObject({ code: 0, stderr: 'flaps-1 is not restricted any more.\n' });
    expect(await restricted()).toBeUndefined();
    await next(player, 'player:registered');
    expect(Date.now()).toBeLessThan(until);
    const { records } = (await server.it.call('/audit?kind=device.restriction_lifted')).body;
    expect(records).toMatchObject([{ deviceId: 'flaps-1', outcome: 'ok' }]);
    const unknown = await vigia(server.it, 'devices', 'unrestrict', 'nowhere');
    expect(unknown).toMatchObject({ code: 1, stderr: 'There is no such device.\n' });
  });

  test('watch prints changes until Ctrl-C, and a player’s texts cannot control the terminal', async () => {
    const player = await screen('watch-1', 'lobby');
    const { child, ran } = startVigia({ VIGIA_URL: server.it.url, VIGIA_TOKEN: server.it.adminToken }, [
      'devices',
      'watch',
      'watch-1',
    ]);
    let printed = '';
    child.stdout?.on('data', (text) => {
      printed += text;
    });
    child.stderr?.once('data', () => player.emit('player:state', { vlc: { state: 'playing\u001b[2J' } }));
    await expect.poll(() => printed).toContain('watch-1 state');
    player.emit('state:update', { changes: { vlc: { state: 'paused' } } });
    await expect.poll(() => printed).toMatch(/watch-1 state\.vlc\.state playing.* → paused/);
    child.kill('SIGINT');
    expect(await ran).toMatchObject({ code: 0 });
    expect(printed).not.toContain('\u001b');
  });
});

describe('send', () => {
  test('to one device waits for its ending', async () => {
    await screen('send-1', 'send');
    const sent = await vigia(
      server.it,
      'send',
      'vlc:play',
      '--device',
      'send-1',
      '--param',
      'uri=file:///a.mp4',
      '--json',
    );
    expect(sent.lines()).toMatchObject([{ deviceId: 'send-1', command: 'vlc:play', status: 'success' }]);
    expect(sent.code).toBe(0);
  });

  test('to a group reports each ending, and fails if any failed', async () => {
    await screen('group-1', 'mixed');
    await screen('group-2', 'mixed', 'error');
    const sent = await vigia(server.it, 'send', 'vlc:stop', '--group', 'mixed', '--yes');
    expect(sent.stdout).toMatch(/group-1 +success/);
    expect(sent.stdout).toMatch(/group-2 +error.*no file/);
    expect(sent.stderr).toBe('2 devices: 1 success, 1 error\n');
    expect(sent.code).toBe(1);
  });

  test('to the devices that a filter selects, and no others', async () => {
    const players = [await screen('found-1', 'east'), await screen('found-2', 'west'), await screen('else', 'west')];
    const received = players.map(() => 0);
    for (const [i, player] of players.entries()) player.on('player:command', () => void received.splice(i, 1, 1));
    const sent = await vigia(server.it, 'send', 'vlc:stop', '--filter', 'id~found status:online', '--yes');
    expect(sent.stderr).toBe('2 devices: 2 success\n');
    expect(received).toEqual([1, 1, 0]);
    const { records } = (await server.it.call('/audit?kind=command.sent&limit=1')).body;
    expect(records[0].details).toMatchObject({ filter: 'id~found status:online', devices: 2 });
    const unsure = await vigia(server.it, 'send', 'vlc:stop', '--filter', 'id~found');
    expect(unsure.stderr).toBe('This goes to 2 devices: add --yes to confirm.\n');
  });

  test('to a group shows its progress on a terminal', async () => {
    await screen('bar-1', 'bar');
    await screen('bar-2', 'bar');
    const sent = await vigiaOnTerminal(server.it, 'send', 'vlc:stop', '--group', 'bar', '--yes');
    expect(sent.code).toBe(0);
    expect(sent.stdout).toMatch(/█{30} 2\/2 2 success/);
    expect(sent.stdout).toMatch(/bar-1 +\S*success/);
  });

  test('to many devices requires --yes without a terminal; otherwise nothing is sent', async () => {
    const player = await screen('asked-1', 'asked');
    await screen('asked-2', 'asked');
    let commands = 0;
    player.on('player:command', () => commands++);
    const sent = await vigia(server.it, 'send', 'vlc:stop', '--group', 'asked');
    expect(sent).toMatchObject({
      code: 2,
      stdout: '',
      stderr: 'This goes to 2 devices: add --yes to confirm.\n',
    });
    expect(commands).toBe(0);
  });

  test.each([
    [['send', 'vlc:play'], 2, 'Give exactly one of --device ID, --group GROUP, --filter FILTER, --all.'],
    [
      ['send', 'vlc:play', '--all', '--group', 'x'],
      2,
      'Give exactly one of --device ID, --group GROUP, --filter FILTER, --all.',
    ],
    [['send', 'vlc:play', '--device', 'x', '--param', 'uri'], 2, '--param uri: write it as KEY=VALUE.'],
    [
      ['send', 'vlc:play', '--device', 'x', '--timeout', 'soon'],
      2,
      '--timeout soon: a whole number of milliseconds is needed.',
    ],
    [['send', 'vlc:play', '--device', 'x'], 1, 'There is no such device.'],
    [['send', 'vlc:play', '--group', 'nowhere', '--yes'], 1, 'No device is in the group "nowhere".'],
    [['send', 'vlc:play', '--filter', 'group:nowhere', '--yes'], 1, 'No device matches this filter.'],
    [['send', 'vlc:play', '--group', 'nowhere'], 1, 'No device is in the group "nowhere".'],
    [['history', 'nobody'], 1, 'There is no such device.'],
    [
      ['export', 'commands', '--device', 'x', '--from', 'yesterday'],
      2,
      '--from yesterday: a moment in ISO 8601 with its zone is needed, such as 2026-03-01T12:00:00Z.',
    ],
    [['command', 'send', 'vlc:play'], 2, 'Unknown command "vigia command send". Did you mean send?'],
    [['send', 'vlc:dance', '--device', 'x'], 1, 'There is no command "vlc:dance".'],
    [['frobnicate'], 2, 'Unknown command "vigia frobnicate". vigia --help lists all commands.'],
    [
      ['devices'],
      2,
      'Unknown command "vigia devices". Did you mean devices list, devices show, devices watch, devices block, devices unblock, devices unrestrict, devices blocked, devices pair, or devices remove?',
    ],
    [['devices', 'show'], 2, 'Usage: vigia devices show ID'],
    [['audit', '--form', 'x'], 2, "Unknown option '--form'. See vigia audit --help."],
    [['audit', '--from', 'yesterday'], 1, 'from: a moment in ISO 8601 with its zone, such as 2026-03-01T12:00:00Z'],
    [
      ['devices', 'list', '--url', 'nonsense'],
      2,
      '"nonsense" is not the URL of a server, such as http://127.0.0.1:3001.',
    ],
    [
      ['devices', 'list', '--token', 'guess'],
      1,
      'This token is not valid there: give an admin token with --token or VIGIA_TOKEN.',
    ],
  ])('vigia %j ends with %i and one line with a remedy', async (args, code, line) => {
    expect(await vigia(server.it, ...args)).toMatchObject({ code, stdout: '', stderr: `${line}\n` });
  });
});

test('tokens are created, listed and revoked; only the new one is written to stdout', async () => {
  const limits = ['--group', 'lobby', '--group', 'hall', '--expires', '2099-01-01T00:00:00Z'];
  const limited = await vigia(server.it, 'tokens', 'create', 'guest', ...limits, '--json');
  expect(limited.lines()).toMatchObject([{ groups: ['lobby', 'hall'], expiresAt: '2099-01-01T00:00:00.000Z' }]);
  await vigia(server.it, 'tokens', 'revoke', limited.lines()[0].id);
  const created = await vigia(server.it, 'tokens', 'create', 'night shift', '--role', 'operator');
  expect(created.stdout).toMatch(/^va_[\w-]{43}\n$/);
  const night = { url: server.it.url, adminToken: created.stdout.trim() };
  const forbidden = await vigia(night, 'tokens', 'list');
  expect(forbidden).toMatchObject({
    code: 1,
    stderr: 'This needs the role admin; the token "night shift" has operator.\n',
  });
  const list = await vigia(server.it, 'tokens', 'list', '--json');
  const { id } = list.lines().find(({ name }) => name === 'night shift');
  expect(list.stdout).not.toContain(night.adminToken);
  expect((await vigia(server.it, 'tokens', 'revoke', id)).code).toBe(0);
  expect(await vigia(night, 'devices', 'list')).toMatchObject({ code: 1 });
});

test('audit and export show who did what; a pipe that closes early is no error', async () => {
  for (let i = 0; i < 30; i++) await server.it.call('/devices', { id: `audited-${i}` });
  const table = await vigia(server.it, 'audit', '--kind', 'device.', '--limit', '2');
  expect(table.stdout.split('\n')[1]).toMatch(
    /admin +device\.created +audited-29 +ok +fields=\[\] address=127\.0\.0\.1$/,
  );
  const lines = (await vigia(server.it, 'export', 'audit')).lines();
  expect(lines.filter(({ kind }) => kind === 'device.created')).toHaveLength(30);
  const { child, ran } = startVigia({ VIGIA_URL: server.it.url, VIGIA_TOKEN: server.it.adminToken }, [
    'export',
    'audit',
  ]);
  child.stdout?.destroy();
  expect(await ran).toMatchObject({ code: 0, stderr: '' });
});

test('on the same machine the stored token is used, and sent to no other server', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'vigia-cli-'));
  await writeFile(join(dataDir, 'secrets.json'), JSON.stringify({ adminToken: server.it.adminToken }));
  const here = startVigia({ DATA_DIR: dataDir, VIGIA_URL: server.it.url }, ['tokens', 'list']);
  expect(await here.ran).toMatchObject({ code: 0 });
  const there = startVigia({ DATA_DIR: dataDir, VIGIA_URL: 'http://192.0.2.1:3001' }, ['tokens', 'list']);
  expect(await there.ran).toMatchObject({
    code: 2,
    stderr: 'An admin token is needed: give --token or set VIGIA_TOKEN.\n',
  });
});

test('X1 a command that waits for a connection says why there is none', async () => {
  const env = { VIGIA_URL: `http://127.0.0.1:${await freePort()}`, VIGIA_TOKEN: 'any token' };
  const { child, ran } = startVigia(env, ['devices', 'watch']);
  await once(child.stderr as NodeJS.ReadableStream, 'data');
  child.kill();
  expect((await ran).stderr).toMatch(/^Nothing answers at .*ECONNREFUSED.* Check host and port.* Trying again\.\n$/);
});

test('the overview and the help of each command need no server', async () => {
  const overview = await startVigia({}, ['--help']).ran;
  expect(overview.code).toBe(0);
  expect(overview.stdout).toMatch(/^ {2}devices watch \[ID\] +print changes/m);
  const group = await startVigia({}, ['schedule', '--help']).ran;
  expect(group).toMatchObject({ code: 0, stderr: '' });
  expect(group.stdout).toMatch(/^ +schedule list +list the schedules.*\n +schedule add NAME COMMAND/);
  const help = await startVigia({}, ['tokens', 'create', '--help']).ran;
  expect(help).toMatchObject({ code: 0, stderr: '' });
  expect(help.stdout).toMatch(/^vigia tokens create NAME --role ROLE\n[\s\S]*--role ROLE +viewer/);
});

test('history prints the changes and the document at a moment; export writes them as NDJSON, with the commands', async () => {
  await screen('past-1', 'past');
  await server.it.call('/devices/past-1', { name: 'Before' }, { method: 'PATCH' });
  await server.it.call('/devices/past-1/commands?wait=true', { command: 'vlc:play' });
  const patches = async () => JSON.stringify((await server.it.call('/devices/past-1/history')).body.changes);
  await expect.poll(patches).toContain('Before');
  const moment = new Date().toISOString();

  const shown = await vigia(server.it, 'history', 'past-1');
  expect(shown.stdout).toMatch(/^\d{4}-\S+Z {2}v\d+ {2}the whole document$/m);
  expect(shown.stdout).toMatch(/ {2}replace \/name "Before"$/m);
  const then = await vigia(server.it, 'history', 'past-1', '--at', moment);
  expect(JSON.parse(then.stdout)).toMatchObject({ deviceId: 'past-1', document: { name: 'Before' } });
  const changes = (await vigia(server.it, 'export', 'history', '--device', 'past-1')).lines();
  expect(changes.every(({ deviceId, version }) => deviceId === 'past-1' && version > 0)).toBe(true);
  const commands = (await vigia(server.it, 'export', 'commands', '--device', 'past-1')).lines();
  expect(commands).toMatchObject([{ deviceId: 'past-1', command: 'vlc:play', status: 'success' }]);
  const [{ requestedAt }] = commands;
  const since = async (...span: string[]) =>
    (await vigia(server.it, 'export', 'commands', '--device', 'past-1', ...span)).lines().length;
  expect([await since('--from', requestedAt), await since('--to', requestedAt)]).toEqual([1, 0]);
  expect(await since('--from', new Date(Date.parse(requestedAt) + 1).toISOString())).toBe(0);
});

test('P14 devices pair creates the device for the player that shows the code', async () => {
  const codes: string[] = [];
  const pairing = pairPlayer({ url: server.it.url, onCode: (code) => codes.push(code) });
  await expect.poll(() => codes, { timeout: PATIENCE_MS }).toHaveLength(1);
  const [code = ''] = codes;
  const pair = (...args: string[]) => vigia(server.it, 'devices', 'pair', ...args);
  expect(await pair(code, '--id', 'paired-1', '--name', 'Foyer', '--group', 'pairs')).toMatchObject({
    code: 0,
    stdout: 'paired-1\n',
  });
  expect(await pairing).toMatchObject({ deviceId: 'paired-1', token: expect.stringMatching(/^vd_/) });
  expect((await server.it.call('/devices/paired-1')).body.document).toMatchObject({ name: 'Foyer', group: 'pairs' });
  const again = await pair(code);
  expect(again).toMatchObject({ code: 1, stdout: '' });
  expect(again.stderr).toMatch(/^[^\n]+\n$/);
});

test('sessions lists the browsers that are signed in, and ends one', async () => {
  const signedIn = await server.it.fetch('/api/v1/session', {
    method: 'POST',
    headers: { authorization: `Bearer ${server.it.adminToken}`, 'x-vigia-session': '1', 'user-agent': 'A browser' },
  });
  expect(signedIn.ok).toBe(true);
  const [{ id, name }] = (await vigia(server.it, 'sessions', 'list', '--json')).lines();
  const table = await vigia(server.it, 'sessions', 'list');
  expect(table.stdout).toMatch(/^ID +TOKEN +ADDRESS +SIGNED IN +LAST USED +EXPIRES +BROWSER\n/);
  expect(table.stdout).toMatch(new RegExp(`^${id} +${name} +127.0.0.1 .* A browser$`, 'm'));
  expect(await vigia(server.it, 'sessions', 'end', id)).toMatchObject({ code: 0, stderr: 'It is signed out.\n' });
  expect((await vigia(server.it, 'sessions', 'list', '--json')).lines()).toEqual([]);
  expect((await vigia(server.it, 'sessions', 'end', id)).code).toBe(1);
});

test('T10 report prints the month of a group, with its devices, and CSV; stats sums up a span', async () => {
  await screen('month-1', 'monthly');
  const month = new Date().toISOString().slice(0, 7);
  const known = () => server.it.call(`/reports/monthly?month=${month}&timeZone=UTC&group=monthly`);
  await expect.poll(async () => (await known()).body.total.devices, { timeout: PATIENCE_MS }).toBe(1);
  const of = ['--month', month, '--time-zone', 'UTC', '--group', 'monthly'];
  const printed = await vigia(server.it, 'report', ...of);
  expect(printed.stdout).toMatch(new RegExp(`^${month} so far, days of UTC; 1 devices\n0 incidents, 0 critical\n`));
  expect(printed.stdout).toMatch(/^GROUP +DEVICES +AVAILABLE +ON AIR +LOST\nmonthly +1 /m);
  expect(printed.stdout).toMatch(/^month-1 +The month-1 /m);
  const [report] = (await vigia(server.it, 'report', ...of, '--json')).lines();
  expect(report).toMatchObject({ month, devices: [{ deviceId: 'month-1' }] });
  const csv = await vigia(server.it, 'report', ...of, '--csv', 'devices');
  expect(csv.stdout).toContain('month-1');
  expect(await vigia(server.it, 'report', '--month', 'May')).toMatchObject({ code: 1, stdout: '' });
  const stats = await vigia(server.it, 'stats', '--group', 'monthly');
  expect(stats.stdout).toMatch(/ to .*, 1 devices\n\nDEVICE +UPTIME .*\nmonth-1 .*\ntotal /);
});
