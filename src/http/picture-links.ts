import { z } from '@hono/zod-openapi';
import { isSigned, sign } from '../access/signatures.ts';
import type { Clock } from '../ports/clock.ts';
import { SNAPSHOT_ID } from '../protocol/snapshot.ts';
import { notFound, problem } from './problem.ts';
import { json, time } from './schemas.ts';
import { type Api, READS, secured } from './secured.ts';
import type { SnapshotDeps } from './snapshots.ts';

export interface PictureLinkDeps {
  snapshots: Pick<SnapshotDeps, 'deviceOf' | 'read'>;
  signingKey: Uint8Array;
  clock: Pick<Clock, 'wall'>;
  basePath: string;
}

const MAX_LIFETIME_S = 86_400;
const DEFAULT_LIFETIME_S = 3600;
/** Links made within this time are equal, so that browsers can cache their pictures. */
const STEP_MS = 600_000;

const Wanted = z
  .strictObject({
    ids: z.array(z.string().regex(SNAPSHOT_ID)).min(1).max(500),
    lifetimeS: z
      .int()
      .min(60)
      .max(MAX_LIFETIME_S)
      .default(DEFAULT_LIFETIME_S)
      .meta({ description: 'For how long they work at least, in seconds; up to 10 minutes more' }),
  })
  .openapi('PictureLinksWanted');
const Links = z
  .object({ links: z.array(z.object({ id: z.string(), url: z.string(), thumbnailUrl: z.string() })), expiresAt: time })
  .openapi('PictureLinks');

type What = 'picture' | 'thumbnail';
const textOf = (id: string, what: What, expires: number) => `${id} ${what} ${expires}`;

export function pictureLinkRoutes(api: Api, { snapshots, signingKey, clock, basePath }: PictureLinkDeps): void {
  api.openapi(
    secured('viewer', {
      method: 'post',
      path: '/snapshots/links',
      audit: READS,
      reach: 'filtered',
      tags: ['Snapshots'],
      summary: 'Make links to screenshots that work without a token',
      description: 'For `<img>`: whoever has a link sees that one picture until it expires. Unknown ids are left out.',
      request: { body: { required: true, ...json(Wanted) } },
      responses: { 200: { description: 'The links', ...json(Links) } },
    }),
    async (c) => {
      const { ids, lifetimeS } = c.req.valid('json');
      const expires = Math.ceil((clock.wall() + lifetimeS * 1000) / STEP_MS) * STEP_MS;
      const view = c.get('view');
      const links = [];
      for (const id of new Set(ids)) {
        const device = await snapshots.deviceOf(id);
        if (device === undefined || (view.groups && !view.knows(device))) continue;
        const link = (what: What) =>
          `${basePath}/api/v1/pictures/${id}/${what}?expires=${expires}&signature=${sign(signingKey, 'picture', textOf(id, what, expires))}`;
        links.push({ id, url: link('picture'), thumbnailUrl: link('thumbnail') });
      }
      return c.json({ links, expiresAt: new Date(expires).toISOString() }, 200);
    },
  );
}

/** Public: the signature is the permission. Nothing is looked up without a valid one. */
export function linkedPictures(app: Api, { snapshots, signingKey, clock }: PictureLinkDeps): void {
  app.get('/api/v1/pictures/:id/:what', async (c) => {
    const { id, what } = c.req.param();
    const expires = Number(c.req.query('expires'));
    const isPicture = SNAPSHOT_ID.test(id) && (what === 'picture' || what === 'thumbnail');
    if (!isPicture || !isSigned(signingKey, 'picture', textOf(id, what, expires), c.req.query('signature') ?? '')) {
      return problem('forbidden', { detail: 'This link is not valid.' });
    }
    const leftS = Math.floor((expires - clock.wall()) / 1000);
    if (leftS <= 0) return problem('forbidden', { detail: `This link expired at ${new Date(expires).toISOString()}.` });
    const picture = await snapshots.read(id, what);
    if (!picture) return notFound('There is no such snapshot (any more).');
    return c.body(new Uint8Array(picture), 200, {
      'Content-Type': 'image/webp',
      'Cache-Control': `private, max-age=${leftS}, immutable`,
      // Pages of other origins may show it.
      'Cross-Origin-Resource-Policy': 'cross-origin',
    });
  });
}
