import type { RequestName } from '../protocol/command-record.ts';
import type { CommandOptions, SendTracedCommand } from '../protocol/requests.ts';

interface Targets {
  deviceId: string;
  deviceIds: readonly string[];
  group: string;
  /** In the filter language, e.g. `status:online label.city=Mendoza`. */
  filter: string;
  all: true;
}

type OneOf<T> = { [K in keyof T]: Pick<T, K> & { [Other in Exclude<keyof T, K>]?: never } }[keyof T];

/** The devices that a command goes to: one, some, a group, those that match a filter, or all. */
export type Target = OneOf<Targets>;

/**
 * A command for devices. `Declared`: the names of commands that players declare (SPEC C9), e.g.
 * `connectAdmin<'reboot'>(…)`.
 */
export type CommandRequest<Declared extends string = never> = Target &
  CommandOptions &
  Pick<SendTracedCommand, 'traceparent'> & { command: RequestName | Declared; params?: object };
