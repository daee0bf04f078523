import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { RefusedError } from '../../ports/notifier.ts';

/**
 * Checks where an address leads, because people enter it in the console or by REST.
 * @throws RefusedError if nothing may be sent there; an Error if the name cannot be resolved
 */
export type Guard = (host: string, port: number) => Promise<void>;

/** Link-local addresses, among them the metadata services of clouds, which hold credentials; and no address at all. */
const never = new BlockList();
never.addSubnet('169.254.0.0', 16);
never.addSubnet('0.0.0.0', 8);
never.addSubnet('fe80::', 10, 'ipv6');
never.addAddress('::', 'ipv6');
never.addAddress('fd00:ec2::254', 'ipv6');
never.addAddress('fd20:ce::254', 'ipv6');

/** @param ownPort the port of this server, which must not be made to call itself */
export function createGuard(ownPort: () => number): Guard {
  return async (host, port) => {
    for (const address of await addressesOf(host)) {
      const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
      if (never.check(address, family)) throw new RefusedError('nothing is sent to link-local addresses');
      if (port === ownPort() && ours().check(address, family)) {
        throw new RefusedError('nothing is sent to this server itself');
      }
    }
  };
}

async function addressesOf(host: string): Promise<string[]> {
  const bare = host.replace(/^\[(.*)\]$/, '$1');
  if (isIP(bare) > 0) return [bare];
  const found = await lookup(bare, { all: true }).catch((error) => {
    throw new Error(`no answer: ${(error as { code?: string }).code ?? 'unknown host'}`);
  });
  return found.map(({ address }) => address);
}

function ours(): BlockList {
  const list = new BlockList();
  list.addSubnet('127.0.0.0', 8);
  list.addAddress('::1', 'ipv6');
  for (const { address, family } of Object.values(networkInterfaces()).flatMap((it) => it ?? [])) {
    list.addAddress(address, family === 'IPv6' ? 'ipv6' : 'ipv4');
  }
  return list;
}
