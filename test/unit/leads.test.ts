import { expect, test } from 'vitest';
import { leads } from '../../src/ports/leads.ts';

test('J3, V6, N10 exactly one of the live instances leads: the first by name', () => {
  const nodes = ['n2', 'n10', 'n1'];
  expect(nodes.filter((node) => leads(node, nodes))).toEqual(['n1']);
  expect(leads('n2', ['n2'])).toBe(true);
});
