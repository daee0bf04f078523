import { VigiaError } from '../protocol/errors.ts';
import { type Role, roles } from '../protocol/admin.ts';

/** Who speaks: an admin token, by its id and its name. */
export interface Identity {
  tokenId: string;
  name: string;
  role: Role;
}

/** @throws VigiaError `forbidden` */
export function requireRole(identity: Identity, needed: Role): void {
  if (roles.indexOf(identity.role) < roles.indexOf(needed)) {
    throw new VigiaError('forbidden', `This needs the role ${needed}; the token "${identity.name}" has ${identity.role}.`);
  }
}
