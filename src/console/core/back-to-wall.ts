import { useLocation } from 'wouter';

/** The wall's last filter, and whether the browser's history has it one step back. */
const wall = { search: '', isBefore: false };

/** Call this when the wall shows this filter. */
export function rememberWall(search: string): void {
  wall.search = search;
  wall.isBefore = false;
}

/** Call this on navigation. */
export function rememberNavigation(from: string, to: string): void {
  if (from !== to) wall.isBefore = from === '/';
}

/** Leads back to the wall, with its filter and scroll position. */
export function useBackToWall(): { href: string; go(event?: { preventDefault(): void }): void } {
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
