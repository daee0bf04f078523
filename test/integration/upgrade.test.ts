import { describe, expect, it } from 'vitest';
import { eventually } from '../support/cluster.ts';
import { databases } from '../support/databases.ts';
import { released, releasedVersions } from '../support/released.ts';
import { MAIN, startServer } from '../support/server.ts';
import { alertsOf, everythingIn, useEverything } from '../support/use-everything.ts';

describe.each(releasedVersions)('version %s', (version) => {
  it.each(databases)(
    'I9, I10 on %s it is upgraded, goes back without a backup, restarts, and is upgraded again: nothing is lost',
    async (_, place) => {
      const older = await released(version);
      const { dataDir, databaseUrl } = await place();
      const env = { DATA_DIR: dataDir, ...(databaseUrl && { DATABASE_URL: databaseUrl }) };
      let server = await startServer(env, [], older);
      const change = async (main: string) => {
        expect(await server.stop()).toBe(0);
        server = await server.restart({}, main);
        await eventually('it is ready', async () => (await server.fetch('/readyz')).status === 200);
      };
      await useEverything(server);
      const before = await everythingIn(server);

      await change(MAIN);
      expect(await everythingIn(server)).toMatchObject(before);
      expect(server.logs.filter(({ msg }) => msg === 'the database was migrated').length).toBeGreaterThan(0);
      const [alert] = await alertsOf(server);
      const ofNow = async () => ({
        views: (await server.call('/views')).body,
        channels: (await server.call('/channels')).body.channels.map(({ name }: { name?: string }) => name),
        alert: (await server.call(`/alerts/${alert?.id}`)).body,
      });
      await server.call('/views', { name: 'Hall', query: 'group:hall' });
      await server.call('/channels', { kind: 'ntfy', name: 'Night', url: 'http://192.0.2.1/night' });
      await server.call(`/alerts/${alert?.id}/acknowledge`, {});
      await server.call(`/alerts/${alert?.id}/assign`, { to: 'Luis' });
      await server.call('/devices', { id: 'of-now', name: 'Made by the newer version' });
      const made = await ofNow();
      expect(made).toMatchObject({
        views: { views: [{ name: 'Hall' }] },
        channels: ['Night'],
        alert: { assignee: 'Luis' },
      });

      await change(older);
      expect(await everythingIn(server)).toMatchObject(before);
      expect((await server.call('/devices/of-now')).status).toBe(200);
      await server.call('/devices', { id: 'of-then', name: 'Made by the older version' });
      // After a crash, too.
      await server.stop('SIGKILL');
      server = await server.restart();

      await change(MAIN);
      expect(await everythingIn(server)).toMatchObject(before);
      expect(await ofNow()).toEqual(made);
      for (const id of ['of-now', 'of-then']) expect((await server.call(`/devices/${id}`)).status, id).toBe(200);
    },
  );
});
