import { fileURLToPath } from 'node:url';

/**
 * Self-signed certificates for loopback addresses, valid for a hundred years, because openssl is not available
 * everywhere. They protect nothing.
 */
export function testCertificate(name: 'own' | 'other' = 'own'): { key: string; cert: string } {
  const file = (kind: string) => fileURLToPath(new URL(`./certificates/${name}-${kind}.pem`, import.meta.url));
  return { key: file('key'), cert: file('cert') };
}
