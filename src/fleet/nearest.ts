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

/** Edit distance (Levenshtein). A prefix counts as near. */
function distance(a: string, b: string): number {
  if (a !== '' && b.startsWith(a)) return 0.5;
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(changed, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}
