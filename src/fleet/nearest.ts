import { editDistance } from '../protocol/edit-distance.ts';
import { fold } from '../protocol/search.ts';

const MAX_NAMES = 3;

/** The names most similar to this one, best first. Empty if none is similar. */
export function nearest(name: string, names: Iterable<string>): string[] {
  const wanted = plain(name);
  return [...new Set(names)]
    .map((it) => ({ it, far: distance(wanted, plain(it)) }))
    .filter(({ far }) => far <= Math.max(2, wanted.length / 2))
    .sort((a, b) => a.far - b.far || (a.it < b.it ? -1 : 1))
    .slice(0, MAX_NAMES)
    .map(({ it }) => it);
}

/** Longer names are cut: they are not typed by hand. */
const MAX_LENGTH = 64;

const plain = (name: string): string => fold(name).slice(0, MAX_LENGTH);

/** A prefix counts as near. */
const distance = (a: string, b: string): number => (a !== '' && b.startsWith(a) ? 0.5 : editDistance(a, b));
