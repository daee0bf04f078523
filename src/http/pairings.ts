import { z } from '@hono/zod-openapi';
import type { Pairing, PairingInfo, PairingProgress, StartedPairing } from '../access/pairings.ts';
import type { Audit } from '../ports/audit.ts';
import { parse } from '../protocol/schema.ts';
import { done } from './audited.ts';
import type { DeviceBlocks } from './blocks.ts';
import { mustHaveGroup } from './devices.ts';
import { type KnownDevices, mustBeUnused } from './known.ts';
import { notFound } from './problem.ts';
import { json, NewDevice, ProblemSchema, problems, time } from './schemas.ts';
import { type Api, addressOf, type Gate, recordRefusal, secured, tokenOf } from './secured.ts';

/** The pairing of players for REST. */
export interface PairingDesk {
  start(address: string, info: PairingInfo): Promise<StartedPairing>;
  ask(address: string, secret: string): Promise<PairingProgress | undefined>;
  find(code: string): Promise<Pairing | undefined>;
  approve(code: string, wanted: object): Promise<{ deviceId: string } | undefined>;
}

interface Deps extends KnownDevices {
  pairings: PairingDesk;
  blocks: DeviceBlocks;
}

const tags = ['Devices'];
/** How often a player asks whether it was approved. */
const POLL_MS = 3000;

const text = z.string().trim().min(1).max(256).optional();
const Info = z.strictObject({ name: text, type: text, appVersion: text });
const params = z.object({ code: z.string().min(1).max(32).meta({ example: 'K7P-M4X' }) });
const Shown = z
  .object({
    code: z.string(),
    name: z.string().optional(),
    type: z.string().optional(),
    appVersion: z.string().optional(),
    address: z.string().meta({ description: 'Where the player connects from' }),
    startedAt: time,
    expiresAt: time,
  })
  .openapi('Pairing', { description: 'A player that shows a code. What it says about itself is not proven.' });
const Approved = z.object({ id: z.string() }).openapi('PairedDevice');
const unknown = {
  404: { description: 'No player shows this code', content: { 'application/problem+json': { schema: ProblemSchema } } },
};
/** Typed as `never`: the route's type already lists its error responses. */
const none = () => notFound('No player shows this code. It may have expired.') as never;

/** For players without a token. Like all requests without one, their bodies are not read (SPEC L10). */
export function pairingOfPlayers(
  app: Api,
  { pairings, audit, metrics }: Pick<Deps, 'pairings'> & Pick<Gate, 'metrics'> & { audit: Audit },
): void {
  app.post('/api/v1/pairing', async (c) => {
    const started = await pairings.start(addressOf(c), parse(Info, c.req.query()));
    audit.record({ actor: addressOf(c), kind: 'pairing.started', outcome: 'ok', details: {} });
    return c.json({ ...started, pollMs: POLL_MS }, 201);
  });

  app.get('/api/v1/pairing', async (c) => {
    const secret = tokenOf(c);
    const progress = secret?.startsWith('vc_') ? await pairings.ask(addressOf(c), secret) : undefined;
    if (!progress) {
      recordRefusal(c, { metrics, audit }, secret);
      return notFound('There is no such pairing, or it is over: start again.');
    }
    if (progress.status === 'paired') {
      const { deviceId } = progress;
      audit.record({ actor: addressOf(c), kind: 'pairing.completed', deviceId, outcome: 'ok', details: {} });
    }
    return c.json(progress);
  });
}

export function pairingRoutes(api: Api, { pairings, blocks, devices, history }: Deps): void {
  api.openapi(
    secured('admin', {
      method: 'get',
      path: '/pairings/{code}',
      reach: 'everybody',
      tags,
      summary: 'Find the player that shows a code',
      request: { params },
      responses: { 200: { description: 'The player', ...json(Shown) }, ...problems('unavailable'), ...unknown },
    }),
    async (c) => {
      const found = await pairings.find(c.req.valid('param').code);
      return found ? c.json(found, 200) : none();
    },
  );

  api.openapi(
    secured('admin', {
      method: 'post',
      path: '/pairings/{code}',
      audit: 'device.paired',
      reach: 'filtered',
      tags,
      summary: 'Create a device for the player that shows a code',
      description: 'The player then fetches its own token.',
      request: { params, body: { required: true, ...json(NewDevice) } },
      responses: {
        201: { description: 'The id of the device', ...json(Approved) },
        ...problems('conflict', 'fleet_full', 'unavailable'),
        ...unknown,
      },
    }),
    async (c) => {
      const wanted = c.req.valid('json');
      const view = c.get('view');
      mustHaveGroup(view, wanted.group ?? null);
      if (view.groups && wanted.id !== undefined) await mustBeUnused({ devices, history }, blocks, wanted.id);
      const approved = await pairings.approve(c.req.valid('param').code, wanted);
      if (!approved) return none();
      const { deviceId: id } = approved;
      done(c, { deviceId: id, details: { fields: Object.keys(wanted).filter((field) => field !== 'id') } });
      return c.json({ id }, 201);
    },
  );
}
