import { deviceIdOf, type Part, slug, type Trouble } from './cast.ts';
import type { Generation } from './options.ts';

type Row = [name: string, generation: Generation, playlist: string, trouble?: Trouble];

/** Five sites with mixed generations and some faults, like a real fleet. */
const sites: Record<string, { city: string; screens: readonly Row[] }> = {
  station: {
    city: 'Madrid',
    screens: [
      ['Station main hall', 'second', 'travel'],
      ['Station platform 1', 'library', 'travel'],
      ['Station platform 2', 'second', 'travel'],
      ['Station platform 3', 'first', 'travel', 'frozen'],
      ['Station ticket office', 'library', 'offers'],
    ],
  },
  airport: {
    city: 'Bilbao',
    screens: [
      ['Airport arrivals', 'library', 'welcome'],
      ['Airport departures', 'second', 'offers'],
      ['Airport gate 7', 'second', 'short-clips', 'wrong-clock'],
      ['Airport gate 8', 'library', 'short-clips'],
      ['Airport lounge', 'first', 'house'],
    ],
  },
  museum: {
    city: 'Madrid',
    screens: [
      ['Museum foyer', 'library', 'welcome'],
      ['Museum shop', 'second', 'offers', 'paused'],
      ['Museum cafe', 'library', 'menu'],
      ['Museum cloakroom', 'first', 'welcome'],
      ['Museum cinema', 'second', 'house', 'dead-cache'],
    ],
  },
  clinic: {
    city: 'Sevilla',
    screens: [
      ['Clinic reception', 'second', 'welcome'],
      ['Clinic waiting room', 'library', 'short-clips'],
      ['Clinic pharmacy', 'second', 'offers', 'no-vlc'],
      ['Clinic canteen', 'library', 'menu'],
      ['Clinic radiology', 'first', 'short-clips'],
    ],
  },
  store: {
    city: 'Valencia',
    screens: [
      ['Store entrance', 'library', 'offers'],
      ['Store window left', 'second', 'short-clips', 'full-disk'],
      ['Store window right', 'first', 'short-clips'],
      ['Store restaurant', 'library', 'menu'],
      ['Store checkout', 'second', 'offers'],
    ],
  },
};

const parts: Part[] = Object.entries(sites)
  .flatMap(([group, { screens }]) => screens.map((row) => ({ group, row })))
  .map(({ group, row: [name, generation, playlist, trouble] }, i) => ({
    deviceId: deviceIdOf('demo', i + 1),
    name,
    group,
    hostName: slug(name),
    generation,
    playlist,
    ...(trouble ? { trouble } : {}),
  }));

const original = parts.find(({ name }) => name === 'Store checkout') as Part;
/** A copy of the original's SD card, so it has the same id. */
const clone: Part = { ...original, name: 'Store checkout 2', hostName: 'store-checkout-2' };

export const demoFleet: readonly Part[] = [...parts, clone];

/** By device id. */
export const demoLabels: ReadonlyMap<string, Record<string, string>> = new Map(
  parts.map(({ deviceId, group, generation }) => [
    deviceId,
    { city: sites[group]?.city ?? '', board: generation === 'library' ? 'Intel N100' : 'Raspberry Pi 4' },
  ]),
);
