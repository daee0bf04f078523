import type { RolloutRights } from '../ports/rollouts.ts';
import type { Identity } from '../protocol/admin.ts';
import { VigiaError } from '../protocol/errors.ts';
import type { Rollout, RolloutAct } from '../protocol/rollouts.ts';

/** The rights of the token that starts or resumes a rollout. */
export const rightsOf = ({ tokenId, name, groups }: Identity): RolloutRights => ({
  tokenId,
  name,
  ...(groups && { groups }),
});

export const mayAct = ({ status, endedAt }: Rollout, act: RolloutAct): boolean =>
  endedAt === undefined &&
  {
    pause: status === 'canary' || status === 'running',
    resume: status === 'paused' || status === 'stopped',
    cancel: status !== 'cancelled' && status !== 'done',
  }[act];

export const cannot = (act: RolloutAct, { status }: Rollout) =>
  new VigiaError('conflict', `It is ${status}: there is nothing to ${act}.`);
