import { type Generation, generations, type SimulatorOptions } from './options.ts';

/**
 * `frozen`: claims to play, but its position does not move. `dead-cache`: the newest version of the second generation,
 * which never refreshes its cache.
 */
export type Trouble = 'frozen' | 'full-disk' | 'wrong-clock' | 'paused' | 'no-vlc' | 'dead-cache';

/** The configuration of one simulated player. */
export interface Part {
  deviceId: string;
  name: string;
  group: string;
  hostName: string;
  generation: Generation;
  /** A playlist id; undefined: random. */
  playlist?: string;
  trouble?: Trouble;
}

export const slug = (name: string) => name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');

export const deviceIdOf = (prefix: string, number: number) => `${prefix}-${String(number).padStart(4, '0')}`;

/** Numbered players, cycling through groups and generations. */
export function castOf({ devices, generation, groups, prefix }: SimulatorOptions): Part[] {
  let seconds = 0;
  return Array.from({ length: devices }, (_, i) => {
    const group = groups[i % groups.length] ?? 'default';
    const name = `${group.charAt(0).toUpperCase()}${group.slice(1)} ${Math.floor(i / Math.max(1, groups.length)) + 1}`;
    const own = generation === 'mixed' ? generationInTurn(i) : generation;
    return {
      deviceId: deviceIdOf(prefix, i + 1),
      name,
      group,
      hostName: slug(name),
      generation: own,
      ...(own === 'second' && ++seconds % 6 === 0 ? { trouble: 'dead-cache' } : {}),
    };
  });
}

/**
 * A third of each. The offset changes every round; otherwise, with three groups, each group would have only one
 * generation.
 */
const generationInTurn = (i: number): Generation => generations[(i + Math.floor(i / 3)) % 3] as Generation;
