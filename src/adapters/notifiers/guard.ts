import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { RefusedError } from '../../ports/notifier.ts';

/**
 * Checks where an address leads, because people enter it in the console or by REST. Connect to what it returns: a
 * second answer of the name server may be another one.
 * @throws RefusedError if nothing may be sent there; an Error if the name cannot be resolved
 */
export type Guard = (host: string, port: number) => Promise<LookupAddress[]>;

/** Link-local addresses, among them the metadata services of clouds, which hold credentials; and no address at all. */
const never = new BlockList();
add4(never, '169.254.0.0', 16);
add4(never, '0.0.0.0', 8);
never.addSubnet('fe80::', 10, 'ipv6');
never.addAddress('::', 'ipv6');
never.addAddress('fd00:ec2::254', 'ipv6');
never.addAddress('fd20:ce::254', 'ipv6');

/** @param ownPort the port of this server, which must not be made to call itself */
export function createGuard(ownPort: () => number): Guard {
  return async (host, port) => {
    const found = await addressesOf(host);
    for (const { address, family } of found) {
      const type = family === 6 ? 'ipv6' : 'ipv4';
      if (never.check(address, type)) throw new RefusedError('nothing is sent to link-local addresses');
      if (port === ownPort() && ours().check(address, type)) {
        throw new RefusedError('nothing is sent to this server itself');
      }
    }
    return found;
  };
}

async function addressesOf(host: string): Promise<LookupAddress[]> {
  const bare = host.replace(/^\[(.*)\]$/, '$1');
  if (isIP(bare) > 0) return [{ address: bare, family: isIP(bare) }];
  return lookup(bare, { all: true }).catch((error) => {
    throw new Error(`no answer: ${(error as { code?: string }).code ?? 'unknown host'}`);
  });
}

function ours(): BlockList {
  const list = new BlockList();
  add4(list, '127.0.0.0', 8);
  list.addAddress('::1', 'ipv6');
  for (const { address, family } of Object.values(networkInterfaces()).flatMap((it) => it ?? [])) {
    if (family === 'IPv6') list.addAddress(address, 'ipv6');
    else add4(list, address, 32);
  }
  return list;
}

/** Also as a NAT64 gateway translates it; `::ffff:a.b.c.d` is checked by the list itself. */
function add4(list: BlockList, address: string, prefix: number): void {
  list.addSubnet(address, prefix);
  list.addSubnet(`64:ff9b::${address}`, 96 + prefix, 'ipv6');
}
