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
  const isHere = /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/.test(new URL(url).hostname);
  const saved = isHere ? (await readSavedTokens(env.DATA_DIR?.trim() || './data')).adminToken : undefined;
  const token = call.text('token') ?? (env.VIGIA_TOKEN?.trim() || (isHere && env.ADMIN_TOKEN?.trim()) || saved);
  if (!token) throw new CliError('An admin token is needed: give --token or set VIGIA_TOKEN.', 2);
  return { url, token };
}
