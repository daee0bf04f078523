import type { Ending } from '../../client/admin.ts';
import { isRefusal } from '../../client/errors.ts';

/** All states and outcomes of a command. `unknown`: the outcome did not reach this page. */
export type CommandStatus = Ending['status'] | 'queued' | 'sent' | 'verifying' | 'unknown';

export const isPending = (status: CommandStatus) => status === 'queued' || status === 'sent' || status === 'verifying';

/** What is known of a command whose request failed. */
export const statusOfFailure = (error: unknown): CommandStatus => (isRefusal(error) ? 'undelivered' : 'unknown');
