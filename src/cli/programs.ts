/** A program of its own: it reads the environment and its own options, and runs until it is stopped. */
interface Program {
  usage: string;
  summary: string;
  /** Whether only the help is wanted. */
  isHelp(argv: readonly string[]): boolean;
  run(): Promise<unknown>;
}

const wantsHelp = (argv: readonly string[]) => argv.includes('--help') || argv.includes('-h');

export const programs: Readonly<Record<string, Program>> = {
  start: {
    usage: 'start',
    summary: 'Starts the server. Environment variables configure it.',
    isHelp: wantsHelp,
    run: () => import('../main.ts'),
  },
  demo: {
    usage: 'demo',
    summary: 'Starts a server with 25 simulated screens.',
    isHelp: wantsHelp,
    run: () => import('./demo.ts'),
  },
  simulate: {
    usage: 'simulate [options]',
    summary: 'Connects simulated screens to a server.',
    // It has its own.
    isHelp: () => false,
    run: () => import('./simulate.ts'),
  },
};
