import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/**
 * Asserts that axe finds no serious violation on the current page. Runs through the debugger, which the content
 * security policy does not restrict.
 */
export async function expectAccessible(page: Page): Promise<void> {
  await page.evaluate(source);
  const found: Violation[] = await page.evaluate(
    `axe.run({ resultTypes: ['violations'] }).then((it) => it.violations)`,
  );
  const serious = found.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  expect(serious.map(({ id, nodes }) => `${id}: ${nodes.map((it) => it.html).join(' ')}`)).toEqual([]);
}

interface Violation {
  id: string;
  impact: string;
  nodes: { html: string }[];
}
