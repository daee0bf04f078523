import { BlockList, isIP } from 'node:net';
import { PictureError } from './error.ts';

/** Values for the placeholders of PLAYER_HTTP. All except `address` come from the player and are not trusted. */
export interface PictureSource {
  /** The device's remote address, as seen by this server. */
  address: string;
  /** The addresses that the device has reported. */
  reported: readonly string[];
  /** As sent by the player. */
  path: string;
}

const SHAPE = /^https?:\/\/(\{address\}|\{lan\}|\[[0-9a-f:.]+\]|[a-z0-9.-]+)(:\d{1,5})?(\/[^\s#\\]*)?$/i;
const PLACEHOLDER = /\{([^{}]*)\}/g;
const PLACEHOLDERS: readonly string[] = ['address', 'lan', 'path', 'file'];

/** Returns the error in a value of PLAYER_HTTP, if any. */
export function faultOfTemplate(template: string): string | undefined {
  if (!/^https?:\/\//i.test(template)) return 'must begin with http:// or https://';
  const names = [...template.matchAll(PLACEHOLDER)].map(([, name]) => name as string);
  const isWrong = names.some((it) => !PLACEHOLDERS.includes(it)) || /[{}]/.test(template.replace(PLACEHOLDER, ''));
  if (isWrong) return 'may only contain the placeholders {address}, {lan}, {path} and {file}';
  const isUrl = SHAPE.test(template) && URL.canParse(filled(template, { address: '192.0.2.1', lan: '10.0.0.1' }));
  return isUrl ? undefined : 'must be a URL such as http://{address}:3000/snapshots/{file}';
}

/**
 * The URL of the screenshot.
 * @param own this server's addresses
 * @throws PictureError `bad_path`, `no_address`
 */
export function pictureUrl(template: string, source: PictureSource, own: readonly string[]): URL {
  const segments = segmentsOf(source.path).map(encodeURIComponent);
  const url = filled(template, {
    address: source.address,
    lan: template.includes('{lan}') ? lanAddress(source, own) : '',
    path: segments.join('/'),
    file: segments.at(-1) as string,
  });
  // An address with a zone (`fe80::1%eth0`) is invalid in a URL.
  if (!URL.canParse(url)) throw new PictureError('no_address');
  return new URL(url);
}

function filled(template: string, values: Record<string, string>): string {
  return template.replace(PLACEHOLDER, (_, name: string) => {
    const value = values[name] ?? name;
    if (name !== 'address' && name !== 'lan') return value;
    const family = isIP(value);
    if (family === 0) throw new PictureError('no_address');
    return family === 6 ? `[${value}]` : value;
  });
}

const MAX_PATH = 1024;
/** Control characters, unpaired surrogates, and the backslash, which some servers treat as `/`. */
const FORBIDDEN = /[\p{Cc}\p{Cs}\\]/u;

/** The segments of a path sent by a player. Rejects paths that leave their directory or name another host. */
function segmentsOf(path: string): string[] {
  const leadsElsewhere = path.startsWith('//') || /^[a-z][a-z0-9+.-]*:/i.test(path);
  if (path.length > MAX_PATH || leadsElsewhere || FORBIDDEN.test(path)) throw new PictureError('bad_path');
  const segments = path
    .replace(/^\//, '')
    .split('/')
    .filter((it) => it !== '.')
    .map(decoded);
  const isBad = (it: string) => it === '' || it === '.' || it === '..' || it.includes('/') || FORBIDDEN.test(it);
  // Double-encoded characters: a server that decodes twice would see a separator or a dot.
  const isVeiled = (it: string) => /%(25|2e|2f|5c|[01])/i.test(it);
  if (segments.length === 0 || segments.some((it) => isBad(it) || isVeiled(it))) throw new PictureError('bad_path');
  return segments;
}

/** Some players send the path URL-encoded, others as a file path. */
function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

const privateIpv4 = new BlockList();
privateIpv4.addSubnet('10.0.0.0', 8);
privateIpv4.addSubnet('172.16.0.0', 12);
privateIpv4.addSubnet('192.168.0.0', 16);
const privateIpv6 = new BlockList();
privateIpv6.addSubnet('fc00::', 7, 'ipv6');
/** Private addresses that are never players: metadata services of clouds, which hold credentials. */
const metadata = new BlockList();
metadata.addAddress('fd00:ec2::254', 'ipv6');
metadata.addAddress('fd20:ce::254', 'ipv6');

/** A device can report any address, so only addresses of private networks are accepted, and none of this machine. */
function lanAddress({ address, reported }: PictureSource, own: readonly string[]): string {
  const ours = new BlockList();
  for (const it of own) if (isIP(it) > 0) ours.addAddress(it, familyOf(it));
  const usable = reported.filter((it) => isPrivate(it) && !ours.check(it, familyOf(it)));
  const found = usable.includes(address) ? address : usable[0];
  if (found === undefined) throw new PictureError('no_address');
  return found;
}

function isPrivate(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return privateIpv4.check(address);
  return family === 6 && privateIpv6.check(address, 'ipv6') && !metadata.check(address, 'ipv6');
}

const familyOf = (address: string) => (isIP(address) === 6 ? 'ipv6' : 'ipv4');
