import { execFileSync } from 'node:child_process';

/** Tests run the shipped code, so the server is built once before them. */
export default function build(): void {
  execFileSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit' });
}
