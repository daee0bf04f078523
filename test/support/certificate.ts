import { fileURLToPath } from 'node:url';

/**
 * Self-signed certificates for 127.0.0.1 and, `any`, for 0.0.0.0, which leads to this machine as well; valid for a hundred years, because openssl is not available
 * everywhere. They protect nothing.
 */
export function testCertificate(name: 'own' | 'other' | 'any' = 'own'): { key: string; cert: string } {
  const file = (kind: string) => fileURLToPath(new URL(`./certificates/${name}-${kind}.pem`, import.meta.url));
  return { key: file('key'), cert: file('cert') };
}
