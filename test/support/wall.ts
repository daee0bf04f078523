import type { TestServer } from './server.ts';

/** Arguments for `startServer`: its wall clock starts at the first time, and jumps to the second one at `jump`. */
export function wallAt(moment: string, later = moment): string[] {
  const code = `
    const now = Date.now;
    let offset = ${Date.parse(moment) - Date.now()};
    Date.now = () => now() + offset;
    process.on('SIGUSR2', () => { offset = ${Date.parse(later)} - now(); });
  `;
  return ['--import', `data:text/javascript,${encodeURIComponent(code)}`];
}

/** Jumps now, regardless of how long the test has taken so far. */
export const jump = (...servers: TestServer[]): void => {
  for (const { pid } of servers) process.kill(pid, 'SIGUSR2');
};
