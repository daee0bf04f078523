import { z } from 'zod';
import { VigiaError } from './errors.ts';

/**
 * `/` separates a group from its subgroups, so one at an end, or after another, separates nothing and is left out. A
 * filter such as `group:north/` means `north` and everything below it: no group may have that name. Empty if nothing is
 * left.
 */
export const normalGroup = (name: string): string =>
  name
    .split('/')
    .filter((part) => part.trim() !== '')
    .join('/')
    .trim();

/** The name of a group, as people set it. */
export const GroupName = z
  .string()
  .trim()
  .min(1)
  .max(256)
  .transform(normalGroup)
  .refine((name) => name !== '', 'must not be of slashes alone');

export const GroupNames = z.array(GroupName).min(1).max(100);

/**
 * For what is set for a group by its name in an address: another name would be found there no more.
 * @throws VigiaError `invalid_payload`
 */
export function mustBeNormal(name: string): void {
  const normal = normalGroup(name);
  if (normal === name) return;
  const message = normal === '' ? 'must not be of slashes alone' : `write it as ${JSON.stringify(normal)}`;
  throw new VigiaError('invalid_payload', undefined, [{ path: 'group', message }]);
}
