import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** A key and a self-signed certificate for the loopback, as files. */
export function makeCertificate(directory: string, name = 'own'): { key: string; cert: string } {
  const [key, cert] = [join(directory, `${name}-key.pem`), join(directory, `${name}-cert.pem`)];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const made = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', key, '-out', cert];
  execFileSync('openssl', ['req', '-x509', '-days', '1', ...subject, ...made], { stdio: 'ignore' });
  return { key, cert };
}
