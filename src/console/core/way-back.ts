import { useLocation } from 'wouter';

/** The wall as it was last looked at: its filter, and whether it is just one step back. */
const wall = { search: '', isBefore: false };

/** The wall says what it shows. */
export function noteWall(search: string): void {
  wall.search = search;
  wall.isBefore = false;
}

/** Some other page is opened from here. */
export function noteStep(from: string, to: string): void {
  if (from !== to) wall.isBefore = from === '/';
}

/** To the wall, with the filter and the place in the list that it had. */
export function useWayBack(): { href: string; go(event?: { preventDefault(): void }): void } {
  const [, navigate] = useLocation();
  const href = `/${wall.search}`;
  return {
    href,
    go(event) {
      if (wall.isBefore) {
        event?.preventDefault();
        history.back();
      } else if (!event) navigate(href);
    },
  };
}
