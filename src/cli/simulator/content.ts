import type { Item, Playlist } from '../../../machines/player.ts';

const item = (name: string, filename: string, duration: number): Item => ({ name, filename, duration });

/** What the screens show. */
export const playlists: readonly [Playlist, ...Playlist[]] = [
  {
    id: 'welcome',
    name: 'Welcome',
    items: [
      item('Welcome film', '/media/welcome/welcome-film-1080p.mp4', 42),
      item('The house in a minute', '/media/welcome/house-in-a-minute.mp4', 60),
      item('Today at a glance', '/media/welcome/today.mp4', 25),
      item('Way to the meeting rooms', '/media/welcome/way-rooms.mp4', 30),
      item('Our partners', '/media/welcome/partners-2160p.mp4', 48),
      item('Weather', '/media/welcome/weather-loop.mp4', 20),
    ],
  },
  {
    id: 'menu',
    name: 'Menu of the week',
    items: [
      item('Soup of the day', '/media/menu/soup.mp4', 15),
      item('Main dishes', '/media/menu/main-dishes.mp4', 40),
      item('Vegetarian', '/media/menu/vegetarian.mp4', 35),
      item('Desserts', '/media/menu/desserts.mp4', 20),
      item('Opening hours', '/media/menu/opening-hours.mp4', 12),
      item('Regional suppliers', '/media/menu/suppliers.mp4', 55),
    ],
  },
  {
    id: 'offers',
    name: 'Offers',
    items: [
      item('Autumn collection', '/media/offers/autumn-collection.mp4', 38),
      item('Two for one', '/media/offers/two-for-one.mp4', 15),
      item('Gift cards', '/media/offers/gift-cards.mp4', 18),
      item('Behind the scenes', '/media/offers/behind-the-scenes.mp4', 75),
      item('New in store', '/media/offers/new-in-store.mp4', 30),
      item('Late opening', '/media/offers/late-opening.mp4', 10),
    ],
  },
];

export const appVersions = ['2.3.1', '2.3.0', '2.2.4'] as const;
export const processors = ['BCM2711', 'Intel N100', 'Intel i3-10110U'] as const;
export const systems = ['Debian GNU/Linux 12', 'Raspberry Pi OS 12', 'Ubuntu 22.04.4 LTS'] as const;
