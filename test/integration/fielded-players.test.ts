import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { DeviceDocument } from '../../src/protocol/document.ts';
import { Replica } from '../support/clients.ts';
import { type FieldedPlayer, type Generation, startFielded } from '../support/fielded/players.ts';
import { startVlc } from '../support/fielded/vlc-http.ts';
import { operator, run } from '../support/operator.ts';
import { sharedServer, startServer, type TestServer } from '../support/server.ts';

/** The field's 30 s are one second here. */
const INTERVAL_MS = 1000;
const shared = sharedServer({
  STATE_INTERVAL_MS: String(INTERVAL_MS),
  WATCH_INTERVAL_MS: '200',
  // After a silent attempt the verification takes as long (C1): on a busy machine the next report may take seconds.
  COMMAND_TIMEOUT_MS: '3000',
  TICK_INTERVAL_MS: '600000',
});

interface Choice {
  server?: TestServer;
  monitorMs?: number;
  clips?: { name: string; length: number }[];
}

/** A player with its VLC, and an admin with the whole fleet. */
async function start(generation: Generation, deviceId: string, choice: Choice = {}) {
  const { monitorMs = INTERVAL_MS, clips, server = shared.it } = choice;
  const vlc = await startVlc(clips && { clips });
  const socket = await operator(server);
  const replica = new Replica(socket);
  await replica.subscribe({ scope: { devices: [deviceId] } });
  const player = startFielded(generation, { deviceId, server, vlc, monitorMs });
  const seen = (fits: (document: DeviceDocument) => boolean, ms?: number) => replica.device(deviceId, fits, ms);
  const command = (name: string, more: object = {}) => run(socket, { deviceId, command: name, ...more });
  const toggles = () => vlc.done.filter((it) => it === 'pl_pause').length;
  return { vlc, socket, replica, player, seen, command, toggles };
}

const isPlaying = ({ playback, onAir }: DeviceDocument) => playback.status === 'playing' && onAir.status === 'yes';
const measuredAt = ({ report }: DeviceDocument) => Date.parse(report.measuredAt ?? '');

describe('both generations, unmodified', () => {
  test.each(['first', 'second'] as const)(
    'P1–P3 the %s generation is on air, with what it plays',
    async (generation) => {
      const { seen } = await start(generation, `plays-${generation}`);
      const { playback, report, connection } = await seen(isPlaying);
      expect(playback).toEqual({
        status: 'playing',
        item: 'spring-offer.mp4',
        playlist: 'entrance',
        fullscreen: false,
        volume: 128,
      });
      expect(connection.status).toBe('online');
      expect(report.status).toBe('live');
      expect(Math.abs(Date.now() - Date.parse(report.measuredAt ?? ''))).toBeLessThan(5 * INTERVAL_MS);
    },
  );

  test.each([
    ['first', 20],
    ['second', 10],
  ] as const)('the %s generation gives up for good after %i attempts', async (generation, attempts) => {
    const vlc = await startVlc();
    const nowhere = { url: 'http://127.0.0.1:9', playerToken: 'any' };
    const player = startFielded(generation, { deviceId: 'lost', server: nowhere, vlc, reconnectMs: 5 });
    await player.first('gave up');
    expect(countOf(player, 'attempt')).toBe(attempts);
  });

  test('P4 another playlist from the second socket is published, and is no measurement', async () => {
    const { seen, player } = await start('second', 'playlist', { monitorMs: 0 });
    const before = await seen(isPlaying);
    player.loadPlaylist('offers');
    const after = await seen(({ playback }) => playback.playlist === 'offers');
    expect(after.playback).toEqual({ ...before.playback, playlist: 'offers' });
    expect(after.report.measuredAt).toBe(before.report.measuredAt);
  });

  test('P10 a picture stays on the player: the command succeeds, with its path', async () => {
    const { seen, command } = await start('second', 'picture');
    await seen(isPlaying);
    const ending = await command('vlc:snapshot');
    expect(ending).toMatchObject({ status: 'success', result: { snapshot: { url: 'public/snapshots/snapshot.jpg' } } });
  });

  test('P12 an unknown event is answered if it requests an acknowledgement', async () => {
    const { seen, player } = await start('first', 'unknown');
    await seen(isPlaying);
    const answer = await player.emit('monitor:error', { message: 'no space left' });
    expect(answer).toMatchObject({ ok: false, code: 'invalid_payload' });
    expect(countOf(player, 'error')).toBe(0);
  });
});

describe('P3a measurements, not messages', () => {
  test('a watched device that repeats the same measurement stays on air', async () => {
    const { seen, socket, replica, player } = await start('second', 'watched', { monitorMs: 1.5 * INTERVAL_MS });
    await seen(isPlaying);
    expect(await socket.emitWithAck('device:watch', { deviceId: 'watched' })).toMatchObject({ ok: true });
    const answers = onAirOf(replica, 'watched');
    const askedBefore = countOf(player, 'asked');
    await player.more('measured', 3);
    expect(countOf(player, 'asked') - askedBefore).toBeGreaterThan(4);
    expect(answers()).toEqual(new Set(['yes']));
  });

  test('a cache that is never refreshed becomes old: stale, on air unknown', async () => {
    const { seen } = await start('second', 'never', { monitorMs: 0 });
    const fresh = await seen(isPlaying);
    const old = await seen(({ report }) => report.status === 'stale', 10 * INTERVAL_MS);
    expect(old.onAir.status).toBe('unknown');
    // Calculated from its age in an answer, and one answer may have been on its way longer than another.
    expect(Math.abs(measuredAt(old) - measuredAt(fresh))).toBeLessThan(INTERVAL_MS / 2);
    // It was connected and answering all the time.
    expect(old.connection).toMatchObject({ status: 'online', since: fresh.connection.since });
    expect(old.playback).toEqual(fresh.playback);
  });

  test('placeholders and a first push of {} erase nothing', async () => {
    const { seen, socket, replica, player } = await start('first', 'placeholders');
    const first = await seen(isPlaying);
    const [before, answers] = [replica.messages.length, onAirOf(replica, 'placeholders')];
    // Watched, it answers with five placeholders to each measurement.
    expect(await socket.emitWithAck('device:watch', { deviceId: 'placeholders' })).toMatchObject({ ok: true });
    await player.more('measured', 3);
    const patches = replica.messages.slice(before).flatMap(({ updates }) => updates);
    const removed = patches.flatMap((it) => ('patch' in it ? it.patch.filter(({ op }) => op === 'remove') : []));
    expect(removed).toEqual([]);
    expect(answers()).toEqual(new Set(['yes']));
    expect((await seen(isPlaying)).playback).toEqual(first.playback);
  });

  test('a player that sends only placeholders stays unknown', async () => {
    const { seen, player } = await start('first', 'constant', { monitorMs: 0 });
    await player.first('registered');
    await seen(({ connection }) => connection.status === 'online');
    await player.more('asked', 4);
    const { playback, onAir, report } = await seen(() => true);
    expect(playback).toMatchObject({ status: 'unknown', item: null });
    expect(onAir.status).toBe('unknown');
    expect(report.measuredAt).toBeNull();
  });

  test('O2 paused, stopped and a crashed VLC are distinguished', async () => {
    const { seen, command, vlc } = await start('second', 'apart');
    await seen(isPlaying);
    await command('vlc:pause');
    const paused = await seen(({ playback }) => playback.status === 'paused');
    expect(paused).toMatchObject({ playback: { item: 'spring-offer.mp4' }, onAir: { status: 'no', why: 'paused' } });
    await command('vlc:stop');
    const stopped = await seen(({ playback }) => playback.status === 'stopped');
    expect(stopped).toMatchObject({ playback: { item: null }, onAir: { status: 'no', why: 'stopped' } });
    await vlc.crash();
    const gone = await seen(({ playback }) => playback.status === 'unavailable');
    expect(gone.onAir.status).toBe('no');
    expect(gone.connection.status).toBe('online');
  });
});

describe('C1 commands to VLC', () => {
  test('play and stop work', async () => {
    const { seen, command, vlc } = await start('second', 'obeys');
    await seen(isPlaying);
    expect(await command('vlc:stop')).toMatchObject({ status: 'success', confirmedBy: 'response', attempts: 1 });
    expect(vlc.state).toBe('stopped');
    await seen(({ playback }) => playback.status === 'stopped');
    expect(await command('vlc:play')).toMatchObject({ status: 'success', confirmedBy: 'response', attempts: 1 });
    await seen(isPlaying);
    expect(vlc.done).toEqual(['pl_stop', 'pl_play']);
  });

  test('after a success the document is updated as soon as the player has measured, not at the next poll', async () => {
    const intervalMs = 4000;
    const server = await startServer({ STATE_INTERVAL_MS: String(intervalMs) });
    const { seen, command, player } = await start('second', 'follows', { server, monitorMs: intervalMs });
    await seen(isPlaying);
    // Its interval is known from two measurements.
    await player.more('measured');
    await player.more('asked');
    await delay(0.6 * intervalMs);
    const measured = player.more('measured').then(() => Date.now());
    expect(await command('vlc:stop')).toMatchObject({ status: 'success', confirmedBy: 'response' });
    await seen(({ playback }) => playback.status === 'stopped');
    // Polled an interval after the command's end, it would take more than half an interval longer.
    expect(Date.now() - (await measured)).toBeLessThan(0.5 * intervalMs);
  });

  test.each(['first', 'second'] as const)(
    'a VLC that is busy for longer than an attempt is toggled once, and the ending is true (%s generation)',
    async (generation) => {
      const { seen, command, vlc, toggles } = await start(generation, `busy-${generation}`);
      await seen(isPlaying);
      vlc.busyMs = 4500;
      const ending = await command('vlc:pause');
      expect(ending).toMatchObject({ status: 'success', attempts: 1 });
      await seen(({ playback }) => playback.status === 'paused');
      expect(toggles()).toBe(1);
      expect(vlc.state).toBe('paused');
    },
  );

  test('a VLC that does not run: an error, with its message', async () => {
    const { seen, command, vlc } = await start('second', 'gone');
    await seen(isPlaying);
    await vlc.crash();
    expect(await command('vlc:play')).toMatchObject({
      status: 'error',
      message: expect.stringContaining('ECONNREFUSED'),
    });
    // Once reconnected, it obeys commands again.
    await vlc.start();
    expect(await command('vlc:play')).toMatchObject({ status: 'success' });
    await seen(isPlaying);
  });

  test('a slow VLC gives no error', async () => {
    const { seen, command, vlc, toggles } = await start('second', 'slow');
    await seen(isPlaying);
    vlc.slowMs = 300;
    expect(await command('vlc:pause')).toMatchObject({ status: 'success', confirmedBy: 'response', attempts: 1 });
    await seen(({ playback }) => playback.status === 'paused');
    expect(toggles()).toBe(1);
  });
});

describe('O3 a frozen picture', () => {
  /** Gaps of less than a second do not count. */
  const monitorMs = 1200;

  /** The number of measurements until detection. */
  async function freeze({ vlc, player, seen, socket }: Awaited<ReturnType<typeof start>>, deviceId: string) {
    const { playback } = await seen(isPlaying);
    // So it is polled as soon as it has measured.
    expect(await socket.emitWithAck('device:watch', { deviceId })).toMatchObject({ ok: true });
    vlc.freeze();
    const before = countOf(player, 'measured');
    const stuck = await seen(({ onAir }) => onAir.why === 'stuck');
    expect(stuck).toMatchObject({ onAir: { status: 'no' }, playback });
    return countOf(player, 'measured') - before;
  }

  test('a clip of 15 s is found stuck within three new measurements', async () => {
    const started = await start('second', 'frozen', { monitorMs });
    // A fourth may be made before the third arrives.
    expect(await freeze(started, 'frozen')).toBeLessThanOrEqual(4);
  });

  test('one that is shorter than the interval too, and no earlier', async () => {
    const started = await start('second', 'loops', { monitorMs, clips: [{ name: 'logo.mp4', length: 1 }] });
    await started.seen(isPlaying);
    const answers = onAirOf(started.replica, 'loops');
    await started.player.more('measured', 4);
    expect(answers()).toEqual(new Set(['yes']));
    expect(await freeze(started, 'loops')).toBeLessThanOrEqual(4);
  });
});

describe('A5 ticking values', () => {
  test('once learnt, a report that only ticks makes no change; another item does', async () => {
    const clips = ['film.mp4', 'next.mp4'].map((name) => ({ name, length: 600 }));
    // The first generation pushes each measurement, so the test need not wait for a request.
    const { seen, replica, player, vlc } = await start('first', 'ticks', { clips, monitorMs: INTERVAL_MS / 2 });
    const learning = await seen(isPlaying);
    const changes = () => replica.messages.flatMap(({ updates }) => updates.filter((it) => it.deviceId === 'ticks'));
    await player.more('measured', 9);
    const learnt = changes().length;
    await player.more('measured', 3);
    expect(changes().slice(learnt)).toEqual([]);
    vlc.skip();
    const changed = await seen(({ playback }) => playback.item === 'next.mp4');
    // The item, together with all that ticked meanwhile.
    expect(changes()).toHaveLength(learnt + 1);
    expect(measuredAt(changed)).toBeGreaterThan(measuredAt(learning) + 5 * INTERVAL_MS);
  });
});

const countOf = ({ told }: FieldedPlayer, event: string) => told.filter((it) => it.event === event).length;

/** All on-air statuses since then. */
function onAirOf(replica: Replica, deviceId: string): () => Set<string> {
  const from = replica.messages.length;
  return () => {
    const told = replica.messages
      .slice(from)
      .flatMap(({ updates }) => updates)
      .filter((it) => it.deviceId === deviceId)
      .flatMap((it) => ('patch' in it ? it.patch : []))
      .filter(({ path }) => path === '/onAir/status')
      .map((it) => String((it as { value?: unknown }).value));
    return new Set([String(replica.documents.get(deviceId)?.document.onAir.status), ...told]);
  };
}
