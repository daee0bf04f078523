import type { Identity } from '../protocol/admin.ts';
import { VigiaError } from '../protocol/errors.ts';
import { hasRole, type Role } from '../protocol/roles.ts';

/** @throws VigiaError `forbidden` */
export function requireRole(identity: Identity, needed: Role): void {
  if (!hasRole(identity.role, needed)) {
    throw new VigiaError(
      'forbidden',
      `This needs the role ${needed}; the token "${identity.name}" has ${identity.role}.`,
    );
  }
}
