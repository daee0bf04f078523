import { expect, it } from 'vitest';
import { keepsPictures } from '../../../machines/reading.ts';
import { pictureOnPlayer } from '../../../src/protocol/snapshot.ts';
import * as field from '../../support/field-states.ts';

const stored = { url: '/api/v1/snapshots/0mabcdefg-0123456789abcdef', thumbnailUrl: '…/thumbnail' };

it('P10 a state of the field names a screenshot, says that there is none yet, or nothing of it', () => {
  expect(pictureOnPlayer(field.withPicture.snapshot)).toEqual({
    path: 'public/snapshots/snapshot.jpg',
    createdAt: field.withPicture.snapshot.createdAt,
  });
  expect(pictureOnPlayer(field.withoutPicture.snapshot)).toBeNull();
  for (const it of [undefined, null, 'x', 7, [], {}, { note: 'none yet' }]) expect(pictureOnPlayer(it)).toBeUndefined();
});

it('P10 what the result of a command names is found, and the facts of a stored one are none', () => {
  const snapshot = { url: 'public/snapshots/snapshot.jpg', createdAt: null };
  expect(pictureOnPlayer({ fileName: 'snapshot.jpg', snapshot })).toEqual({ path: snapshot.url, createdAt: null });
  expect(pictureOnPlayer(stored)).toBeUndefined();
  expect(pictureOnPlayer({ snapshot: stored })).toBeUndefined();
});

it('P10 a player of the field never sends one, unless one of its own is stored', () => {
  expect(keepsPictures(field.withPicture)).toBe(true);
  expect(keepsPictures({ ...field.withPicture, snapshot: stored })).toBe(false);
  for (const it of [{}, { app: null }, { app: { version: '1' } }]) expect(keepsPictures(it)).toBe(false);
});
