import { expect, it } from 'vitest';
import { keepsPictures } from '../../../machines/reading.ts';
import { besidePicture, pictureIn, pictureOnPlayer } from '../../../src/protocol/snapshot.ts';
import * as field from '../../support/field-states.ts';

const stored = { url: '/api/v1/snapshots/0mabcdefg-0123456789abcdef', thumbnailUrl: '…/thumbnail' };

it('P10 a state of a fielded player names a screenshot, reports that there is none yet, or does not mention one', () => {
  expect(pictureOnPlayer(field.withPicture.snapshot)).toEqual({
    path: 'public/snapshots/snapshot.jpg',
    createdAt: field.withPicture.snapshot.createdAt,
  });
  expect(pictureOnPlayer(field.withoutPicture.snapshot)).toBeNull();
  for (const it of [undefined, null, 'x', 7, [], {}, { note: 'none yet' }]) expect(pictureOnPlayer(it)).toBeUndefined();
});

it('P10 the screenshot named by a command result is found; the metadata of a stored one is not taken for one', () => {
  const snapshot = { url: 'public/snapshots/snapshot.jpg', createdAt: null };
  expect(pictureOnPlayer({ fileName: 'snapshot.jpg', snapshot })).toEqual({ path: snapshot.url, createdAt: null });
  expect(pictureOnPlayer(stored)).toBeUndefined();
  expect(pictureOnPlayer({ snapshot: stored })).toBeUndefined();
});

it('P10 a fielded player never sends one, unless one of its own is stored', () => {
  expect(keepsPictures(field.withPicture)).toBe(true);
  expect(keepsPictures({ ...field.withPicture, snapshot: stored })).toBe(false);
  for (const it of [{}, { app: null }, { app: { version: '1' } }]) expect(keepsPictures(it)).toBe(false);
});

const base64 = 'A'.repeat(300);
const dataUrl = 'data:image/jpeg;base64,AAAA';

it.each([
  [{ fileName: 'x.jpg', snapshot: { data: base64 } }, base64],
  [{ fileName: 'x.jpg', snapshot: { image: dataUrl } }, dataUrl],
  [{ fileName: 'x.jpg', snapshot: base64 }, base64],
  [{ fileName: 'x.jpg', snapshot: { url: dataUrl, createdAt: null } }, dataUrl],
  [{ fileName: 'x.jpg', url: dataUrl }, dataUrl],
])('P10 a screenshot is found wherever a player puts it, and nothing of it stays beside: %j', (value, picture) => {
  expect(pictureIn(value)).toBe(picture);
  expect(besidePicture(value)).toEqual({ fileName: 'x.jpg' });
});

it('P10 a URL is no screenshot, however long', () => {
  expect(pictureIn({ snapshot: { url: `/${'x'.repeat(300)}` } })).toBeUndefined();
});
