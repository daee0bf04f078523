import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { VersionedDevice } from '../../src/http/schemas.ts';
import * as admin from '../../src/protocol/admin.ts';
import type { VersionedDocument } from '../../src/protocol/document.ts';
import { errors } from '../../src/protocol/errors.ts';
import * as player from '../../src/protocol/player.ts';

type Described = z.output<typeof VersionedDevice>;
type Keys<A, B> = Exclude<keyof A, keyof B> | Exclude<keyof B, keyof A>;
/** These compile only while the server's documents match the OpenAPI document. */
const asDescribed = (built: VersionedDocument): Described => built;
type Parts<D extends { document: object }> = D['document'];
const noOtherKeys: Keys<Parts<VersionedDocument>, Parts<Described>>[] = [];
const noOtherKeysOfConnection: Keys<Parts<VersionedDocument>['connection'], Parts<Described>['connection']>[] = [];

/** The messages of both namespaces, as JSON Schema. */
function wire() {
  const exported: Record<string, unknown> = { ...player, ...admin, VersionedDevice };
  const schemas = Object.keys(exported)
    .sort()
    .filter((name) => exported[name] instanceof z.ZodType)
    .map((name) => [name, z.toJSONSchema(exported[name] as z.ZodType, { unrepresentable: 'any', io: 'input' })]);
  return { schemas, codes: Object.keys(errors) };
}

/** Descriptions are for people: rewording one changes nothing on the wire. */
const withoutProse = (key: string, value: unknown) =>
  key === 'description' && typeof value === 'string' ? undefined : value;

test('P2 the schemas of this protocol number are pinned', () => {
  expect([asDescribed, noOtherKeys, noOtherKeysOfConnection]).toHaveLength(3);
  const { schemas, codes } = wire();
  expect(schemas.length).toBeGreaterThan(15);
  const hash = createHash('sha256').update(JSON.stringify({ schemas, codes }, withoutProse)).digest('hex').slice(0, 16);
  // If this fails: raise PROTOCOL if peers of the previous version are no longer understood. Then pin the new hash.
  expect({ protocol: player.PROTOCOL, hash }).toEqual({ protocol: 1, hash: 'f766e568b0c70950' });
});
