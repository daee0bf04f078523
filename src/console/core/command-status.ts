import type { Ending } from '../../client/admin.ts';
import { isRefusal } from '../../client/errors.ts';

/** Every word for how far a command is, or how it ended. `unknown`: nobody told us, so nothing is claimed. */
export type CommandStatus = Ending['status'] | 'queued' | 'sent' | 'verifying' | 'unknown';

export const isPending = (status: CommandStatus) => status === 'queued' || status === 'sent' || status === 'verifying';

/** Where a request failed: what became of the command, as far as that is known. */
export const statusOfFailure = (error: unknown): CommandStatus => (isRefusal(error) ? 'undelivered' : 'unknown');
