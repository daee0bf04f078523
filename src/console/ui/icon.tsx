/** Line drawings on a 24 grid. */
const paths = {
  wall: 'M4 5h7v6H4zM13 5h7v6h-7zM4 13h7v6H4zM13 13h7v6h-7z',
  bulk: 'M4 6h10M4 12h10M4 18h10M17 9l2 2 3-4M17 17l2 2 3-4',
  bell: 'M6 17V11a6 6 0 0 1 12 0v6l1.5 2h-15zM10 21h4',
  scroll: 'M6 4h11v16H6zM9 8h5M9 12h5M9 16h3',
  key: 'M14.5 9.500a4 4 0 1 1-3.2-3.92 4 4 0 0 1 3.2 3.920zM13.7 12.5 20 19M17 16l2-2',
  plus: 'M12 5v14M5 12h14',
  chart: 'M5 20V11M12 20V4M19 20v-6',
  print: 'M7 8V3h10v5M7 17H4V8h16v9h-3M7 13h10v8H7z',
  report: 'M6 3h9l4 4v14H6zM9.5 17v-4M12.5 17v-7M15.5 17v-2',
  play: 'M8 5l11 7-11 7z',
  pause: 'M8 5v14M16 5v14',
  stop: 'M6 6h12v12H6z',
  fullscreen: 'M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5',
  camera: 'M4 8h4l1.5-2h5L16 8h4v11H4zM12 16.500a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.400z',
  search: 'M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM15.5 15.5 20 20',
  grid: 'M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h6v6h-6z',
  tiles:
    'M4 5h4v3H4zM10 5h4v3h-4zM16 5h4v3h-4zM4 11h4v3H4zM10 11h4v3h-4zM16 11h4v3h-4zM4 17h4v3H4zM10 17h4v3h-4zM16 17h4v3h-4z',
  bookmark: 'M7 4h10v16l-5-4-5 4z',
  layers: 'M4 8l8-4 8 4-8 4zM4 12l8 4 8-4M4 16l8 4 8-4',
  rows: 'M4 6h16M4 12h16M4 18h16',
  close: 'M6 6l12 12M18 6 6 18',
  back: 'M14 6l-6 6 6 6',
  pen: 'M4 20l1-4L16 5l3 3L8 19zM14 7l3 3',
  forward: 'M10 6l6 6-6 6',
  down: 'M6 10l6 6 6-6',
  up: 'M6 15l6-6 6 6',
  warning: 'M12 4 2.5 20h19zM12 10v5M12 17.500v.2',
  check: 'M5 12.500l4.5 4.500L19 7.5',
  copy: 'M9 9h11v11H9zM15 9V4H4v11h5',
  refresh: 'M19 12a7 7 0 1 1-2-4.900M19 4v4h-4',
  screen: 'M3 5h18v12H3zM9 21h6M12 17v4',
  sun: 'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.4 1.400M17.6 17.6 19 19M5 19l1.4-1.400M17.6 6.4 19 5',
  moon: 'M20 14.500A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.500z',
  leave: 'M14 4H5v16h9M10 12h10M16.5 8.5 20 12l-3.5 3.5',
  user: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20a7.5 7.5 0 0 1 15 0',
  keyboard: 'M3 6h18v12H3zM7 10h.2M11 10h.2M15 10h.2M8 14h8',
  hook: 'M8 4v9a5 5 0 0 0 10 0V9M18 9l-3 3M18 9l3 3',
  clock: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5l3.5 2',
} as const;

export type IconName = keyof typeof paths;
export const iconNames = Object.keys(paths) as IconName[];

/** Decorative: always next to a text or inside a labelled element. */
export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path
        d={paths[name]}
        fill="none"
        stroke="currentColor"
        strokeWidth="1.9"
        strokeLinejoin="round"
        strokeLinecap="round"
      />
    </svg>
  );
}
