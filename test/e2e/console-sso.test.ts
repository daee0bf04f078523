import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectAccessible } from '../support/axe.ts';
import { sharedBrowser } from '../support/browser.ts';
import { freePort } from '../support/free-port.ts';
import { CLIENT, startIdentityProvider } from '../support/identity-provider.ts';
import { startServer } from '../support/server.ts';
import { startVigia } from '../support/vigia.ts';

const browser = sharedBrowser();
let provider: Awaited<ReturnType<typeof startIdentityProvider>>;
beforeAll(async () => {
  provider = await startIdentityProvider();
});
afterAll(() => provider.stop());

const settings = (publicUrl: string) => ({
  PUBLIC_URL: publicUrl,
  OIDC_ISSUER: provider.issuer,
  OIDC_CLIENT_ID: CLIENT.id,
  OIDC_CLIENT_SECRET: CLIENT.secret,
  OIDC_NAME: 'Example',
  OIDC_ROLES: 'signage=operator:Córdoba; admins=admin',
});

test('A14 a user signs in at the identity provider, with the role of a group, and without one is refused', async () => {
  const port = await freePort();
  const publicUrl = `http://127.0.0.1:${port}/signage`;
  const server = await startServer({ PORT: String(port), BASE_PATH: '/signage', ...settings(publicUrl) });
  const page = await browser.open();
  await page.goto(`${publicUrl}/statistics`);
  await page.getByRole('link', { name: 'Sign in with Example' }).waitFor();
  await expectAccessible(page);
  await page.getByRole('link', { name: 'Sign in with Example' }).click();
  await page.getByRole('heading', { name: 'Statistics' }).waitFor();
  expect(new URL(page.url()).pathname).toBe('/signage/statistics');
  await page.getByText('Ana', { exact: true }).waitFor();
  expect(await page.getByRole('link', { name: 'Audit' }).count()).toBe(0);
  await page.reload();
  await page.getByText('Ana', { exact: true }).waitFor();
  const rest = async (path: string, method = 'GET') =>
    fetch(`${publicUrl}/api/v1${path}`, { method, headers: { authorization: `Bearer ${server.adminToken}` } });
  const { tokens } = (await (await rest('/tokens')).json()) as { tokens: { id: string }[] };
  expect(tokens).toMatchObject([{ name: 'Ana', role: 'operator', groups: ['Córdoba'], isUser: true }]);

  await rest(`/tokens/${tokens[0]?.id}`, 'DELETE');
  await page.getByText('You were signed out.').waitFor();
  provider.state.user = { sub: 'u2', name: 'Luis', groups: ['other'] };
  await page.getByRole('link', { name: 'Sign in with Example' }).click();
  await page.getByText('Your account has no access to this console.').waitFor();
  expect(new URL(page.url()).search).toBe('');
});

test('A14, I5 doctor says whether the identity provider answers; check-config what is missing', async () => {
  const { stdout } = await startVigia(settings('https://signage.example'), ['doctor', '--json']).ran;
  expect(stdout).toContain(`The identity provider at ${provider.issuer} answers.`);
  const { PUBLIC_URL: _, ...incomplete } = settings('');
  const faulty = { ...incomplete, OIDC_ISSUER: 'http://idp.example', OIDC_ROLES: 'signage=owner' };
  const checked = await startVigia(faulty, ['check-config']).ran;
  expect(checked.code).toBe(1);
  for (const name of ['PUBLIC_URL', 'OIDC_ISSUER', 'OIDC_ROLES']) {
    expect(checked.stdout + checked.stderr).toMatch(new RegExp(`^ *${name}\\b.*: must`, 'm'));
  }
  expect(checked.stdout + checked.stderr).not.toContain(CLIENT.secret);
});
