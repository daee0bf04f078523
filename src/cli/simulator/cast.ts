import { type Generation, generations, type SimulatorOptions } from './options.ts';

/**
 * `frozen`: it says that it plays, and its position stands still. `dead-cache`: it is of the newest version of the second
 * generation, which never refreshes its cache.
 */
export type Trouble = 'frozen' | 'full-disk' | 'wrong-clock' | 'paused' | 'no-vlc' | 'dead-cache';

/** One player of the fleet. */
export interface Part {
  deviceId: string;
  name: string;
  group: string;
  hostName: string;
  generation: Generation;
  /** A playlist's id; undefined: any. */
  playlist?: string;
  trouble?: Trouble;
}

export const slug = (name: string) => name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');

export const deviceIdOf = (prefix: string, number: number) => `${prefix}-${String(number).padStart(4, '0')}`;

/** Players by number: groups and generations in turn. */
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

/** A third each; the turn shifts with every round, or each of three groups would be of one kind only. */
const generationInTurn = (i: number): Generation => generations[(i + Math.floor(i / 3)) % 3] as Generation;
