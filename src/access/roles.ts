import { type Identity, type Role, roles } from '../protocol/admin.ts';
import { VigiaError } from '../protocol/errors.ts';

/** @throws VigiaError `forbidden` */
export function requireRole(identity: Identity, needed: Role): void {
  if (roles.indexOf(identity.role) < roles.indexOf(needed)) {
    throw new VigiaError(
      'forbidden',
      `This needs the role ${needed}; the token "${identity.name}" has ${identity.role}.`,
    );
  }
}
