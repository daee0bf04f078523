import { environmentValue } from '../../environment.ts';
import { readSavedTokens } from '../secrets.ts';
import { type Call, CliError } from './command.ts';

export interface Server {
  url: string;
  token: string;
}

const DEFAULT_URL = 'http://127.0.0.1:3001';

/** The server's URL and the token. The token stored on this machine is only sent to this machine. */
export async function serverOf(call: Call, env: NodeJS.ProcessEnv = process.env): Promise<Server> {
  const given = call.text('url') ?? (env.VIGIA_URL?.trim() || DEFAULT_URL);
  if (!URL.canParse(given) || !/^https?:$/.test(new URL(given).protocol)) {
    throw new CliError(`"${given}" is not the URL of a server, such as ${DEFAULT_URL}.`, 2);
  }
  const url = given.replace(/\/+$/, '');
  const token = await knownToken(call, env, isHere(url));
  if (!token) throw new CliError('An admin token is needed: give --token or set VIGIA_TOKEN.', 2);
  return { url, token };
}

/** Whether a URL names this machine. */
export const isHere = (url: string): boolean => /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/.test(new URL(url).hostname);

/** The token of the command line or of the environment; `here`: or the one that the server on this machine uses. */
export async function knownToken(call: Call, env: NodeJS.ProcessEnv, here: boolean): Promise<string | undefined> {
  const given = call.text('token') ?? environmentValue(env, 'VIGIA_TOKEN');
  if (given !== undefined || !here) return given;
  return environmentValue(env, 'ADMIN_TOKEN') ?? (await readSavedTokens(env.DATA_DIR?.trim() || './data')).adminToken;
}
