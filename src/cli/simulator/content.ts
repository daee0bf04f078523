import type { Item, Playlist } from '../../../machines/player.ts';

const GAP_SECONDS = 0.04;

/** Real clips never last exactly whole seconds. */
const clip = (name: string, filename: string, seconds: number): Item => ({
  name,
  filename,
  duration: seconds + GAP_SECONDS,
});

/** The content of the screens. The first playlist is the default. */
export const playlists: readonly [Playlist, ...Playlist[]] = [
  {
    id: 'house',
    name: 'Harness film',
    items: [clip('Fifty years of the house', '/media/house/house-institutional.mp4', 295)],
  },
  {
    id: 'welcome',
    name: 'Welcome',
    items: [
      clip('Welcome', '/media/welcome/welcome-1080p.mp4', 20),
      clip('Today at a glance', '/media/welcome/today.mp4', 15),
      clip('How to find us', '/media/welcome/site-map.mp4', 30),
      clip('Our partners', '/media/welcome/partners.mp4', 47),
    ],
  },
  {
    id: 'menu',
    name: 'Menu of the week',
    items: [
      clip('Soup of the day', '/media/menu/soup.mp4', 15),
      clip('Main dishes', '/media/menu/main-dishes.mp4', 25),
      clip('Vegetarian', '/media/menu/vegetarian.mp4', 15),
      clip('Desserts', '/media/menu/desserts.mp4', 15),
      clip('Opening hours', '/media/menu/opening-hours.mp4', 15),
    ],
  },
  {
    id: 'offers',
    name: 'Offers',
    items: [
      clip('Autumn collection', '/media/offers/autumn-collection.mp4', 38),
      clip('Two for one', '/media/offers/two-for-one.mp4', 15),
      clip('Gift cards', '/media/offers/gift-cards.mp4', 15),
      clip('Behind the scenes', '/media/offers/behind-the-scenes.mp4', 75),
      clip('New in store', '/media/offers/new-in-store.mp4', 30),
      clip('Late opening', '/media/offers/late-opening.mp4', 15),
      clip('Newsletter', '/media/offers/newsletter.mp4', 20),
    ],
  },
  {
    id: 'travel',
    name: 'Travel information',
    items: [
      clip('Safety on the platform', '/media/travel/platform-safety.mp4', 47),
      clip('Tickets by phone', '/media/travel/mobile-tickets.mp4', 30),
    ],
  },
  {
    id: 'short-clips',
    name: 'Short clips',
    items: [
      clip('Waves', '/media/short-clips/waves.mp4', 15),
      clip('Forest', '/media/short-clips/forest.mp4', 15),
      clip('City lights', '/media/short-clips/city-lights.mp4', 15),
    ],
  },
];
