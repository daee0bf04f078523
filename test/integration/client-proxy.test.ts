import { expect, onTestFinished, test } from 'vitest';
import { connectAdmin } from '../../src/client/admin.ts';
import { connectPlayer } from '../../src/client/player.ts';
import { sharedServer } from '../support/server.ts';
import { swallowingProxy } from '../support/swallowing-proxy.ts';

const shared = sharedServer();

test.each(['unanswered', 'mute'] as const)(
  'P9 behind a proxy that swallows WebSockets (%s) both libraries connect',
  async (how) => {
    const { url, upgrades } = await swallowingProxy(shared.it.port, how);
    const begun = performance.now();
    const admin = connectAdmin({ url, token: shared.it.adminToken, scope: { all: true } });
    onTestFinished(() => admin.close());
    const id = `behind-${how}`;
    const player = connectPlayer({ url, deviceId: id, token: shared.it.playerToken, commands: {} });
    onTestFinished(() => player.close());
    await Promise.all([admin.ready(), player.ready()]);
    expect(performance.now() - begun).toBeLessThan(5000);
    await expect.poll(upgrades, { message: 'they try' }).toBeGreaterThan(0);
    expect((await admin.get(id)).document.connection.status).toBe('online');
  },
);
