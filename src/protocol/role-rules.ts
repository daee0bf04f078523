import { normalGroup } from './group-name.ts';
import { hasRole, type Role } from './roles.ts';

/** Members of a group of the identity provider get this role, for these device groups or (undefined) the whole fleet. */
export interface RoleRule {
  /** `*`: everybody whom the provider signs in. */
  member: string;
  role: Role;
  groups?: readonly string[];
}

/** A rule such as `signage-ops=operator:Córdoba,Rosario`. Names of groups may contain `=`, as in LDAP. */
const RULE = /^(.+)=(viewer|operator|admin)(?::(.+))?$/;

const list = (text: string, separator: string) =>
  text
    .split(separator)
    .map((it) => it.trim())
    .filter((it) => it !== '');

/** Rules separated by semicolons; undefined if one is faulty. */
export function parseRoles(text: string): RoleRule[] | undefined {
  const rules = list(text, ';').map((it): RoleRule | undefined => {
    const [, member, role, groups] = RULE.exec(it) ?? [];
    if (member === undefined) return undefined;
    return {
      member: member.trim(),
      role: role as Role,
      ...(groups !== undefined && { groups: list(groups, ',').map(normalGroup).filter(Boolean) }),
    };
  });
  const isGood = (it: RoleRule | undefined): it is RoleRule => it !== undefined && it.groups?.length !== 0;
  return rules.length > 0 && rules.every(isGood) ? rules : undefined;
}

/**
 * The highest role of the rules that match, for all groups of these rules. Undefined: nothing is permitted. A user has
 * one role, so that of a lower one for further groups does not count.
 */
export function roleOf(rules: readonly RoleRule[], memberOf: readonly string[]): Omit<RoleRule, 'member'> | undefined {
  const matching = rules.filter(({ member }) => member === '*' || memberOf.includes(member));
  const highest = matching.reduce<Role | undefined>(
    (role, it) => (role !== undefined && hasRole(role, it.role) ? role : it.role),
    undefined,
  );
  if (highest === undefined) return undefined;
  const counted = matching.filter(({ role }) => role === highest);
  if (counted.some(({ groups }) => groups === undefined)) return { role: highest };
  return { role: highest, groups: [...new Set(counted.flatMap(({ groups }) => groups ?? []))].sort() };
}
