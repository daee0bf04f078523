import { checkParamSchemas } from '../protocol/param-schemas.ts';
import { type CommandResponse, type Description, Register } from '../protocol/player.ts';
import { parse } from '../protocol/schema.ts';

/**
 * Parses the description in a player's registration.
 * @throws VigiaError `invalid_payload` with the path of each fault
 */
export function parseRegistration(payload: unknown): {
  deviceId: string;
  said: Partial<Description>;
  answers: readonly CommandResponse[];
} {
  const { deviceId, answers = [], ...profile } = parse(Register, payload);
  checkParamSchemas(profile.commands ?? []);
  const said = Object.entries(profile).filter(([, value]) => value !== undefined && value !== null);
  return { deviceId, said: Object.fromEntries(said), answers };
}
