/** Faults of fielded players. `--without` disables each of them. */
export const quirks = {
  placeholder: 'first: answers each request for a state with a constant',
  'empty-push': 'first: pushes {} as its first state',
  'other-events': 'first: emits system:status every 30 s, and sometimes other events',
  cache: 'second: answers with its last measurement, which is refreshed every 30 s',
  'dead-cache': 'second: one in six, of the newest version, never refreshes that cache',
  'second-socket': 'second: one in two sends state:update on another socket',
  'kept-pictures': 'both: take screenshots but never send one',
  'busy-vlc': 'both: one command in twenty takes 7 s',
  'gives-up': 'both: stop reconnecting after 20 (first) or 10 (second) attempts, 5 s apart',
  'stays-away': 'both: do not reconnect after a disconnect by the server',
} as const;
export type Quirk = keyof typeof quirks;

export const isQuirk = (name: string): name is Quirk => Object.hasOwn(quirks, name);
