import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { commandMachine } from '../machines/command.ts';
import { deviceMachine } from '../machines/device.ts';
import { keeperMachine } from '../machines/keeper.ts';
import { membershipMachine } from '../machines/membership.ts';
import { notificationMachine } from '../machines/notification.ts';
import { rolloutMachine } from '../machines/rollout.ts';
import { describe } from '../src/http/app.ts';
import { errors } from '../src/protocol/errors.ts';
import { createHarness } from '../test/support/http-harness.ts';
import { dashboardFiles } from './dashboards/all.ts';
import { metricTable } from './metrics.ts';
import { type OpenApi, restTypes } from './rest-types.ts';
import { mermaid } from './statechart.ts';

/**
 * The generated parts of the documents, each between `<!-- name -->` and `<!-- /name -->`. `npm run docs` writes them;
 * a test checks that they are up to date.
 */
const parts: { file: string; name: string; text: () => string }[] = [
  { file: 'README.md', name: 'statechart:device', text: () => mermaid(deviceMachine.root) },
  { file: 'SPEC.md', name: 'statechart:command', text: () => mermaid(commandMachine.root) },
  { file: 'SPEC.md', name: 'statechart:notification', text: () => mermaid(notificationMachine.root) },
  { file: 'SPEC.md', name: 'statechart:keeper', text: () => mermaid(keeperMachine.root) },
  { file: 'docs/CLUSTER.md', name: 'statechart:membership', text: () => mermaid(membershipMachine.root) },
  { file: 'SPEC.md', name: 'statechart:rollout', text: () => mermaid(rolloutMachine.root) },
  { file: 'SPEC.md', name: 'errors', text: errorTable },
  { file: 'docs/METRICS.md', name: 'metrics:vigia', text: () => metricTable(isOwn) },
  { file: 'docs/METRICS.md', name: 'metrics:process', text: () => metricTable((name) => !isOwn(name)) },
];

const isOwn = (name: string) => name.startsWith('vigia_');

/** All documents that are generated completely or in part: path, actual text and expected text. */
export function documents(): { file: string; path: string; is: string; shouldBe: string }[] {
  const rest = { file: 'src/client/rest-calls.ts', text: restTypes(openApi()) };
  const whole = [...dashboardFiles(), rest].map(({ file, text }) => {
    const path = pathOf(file);
    return { file, path, is: existsSync(path) ? readFileSync(path, 'utf8') : '', shouldBe: text };
  });
  const inParts = [...new Set(parts.map(({ file }) => file))].map((file) => {
    const path = pathOf(file);
    const is = readFileSync(path, 'utf8');
    const shouldBe = parts
      .filter((part) => part.file === file)
      .reduce((text, { name, text: content }) => replaceBetween(text, name, content()), is);
    return { file, path, is, shouldBe };
  });
  return [...inParts, ...whole];
}

const openApi = () => describe(createHarness().app, '', '') as unknown as OpenApi;

const pathOf = (file: string) => fileURLToPath(new URL(`../${file}`, import.meta.url));

export function replaceBetween(text: string, name: string, content: string): string {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < 0) throw new Error(`the markers of "${name}" are missing`);
  return `${text.slice(0, from + begin.length)}\n${content}\n${text.slice(to)}`;
}

function errorTable(): string {
  const ends = { no: 'stays', transport: 'transport closes', session: 'session ends' };
  const rows = Object.entries(errors).map(
    ([code, { meaning, retry, closes, http }]) =>
      `| \`${code}\` | ${meaning} | ${retry ? 'yes' : 'no'} | ${ends[closes]} | ${http} |`,
  );
  return ['| code | meaning | retry helps | connection | HTTP |', '|---|---|---|---|---|', ...rows].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const { path, is, shouldBe } of documents()) if (is !== shouldBe) writeFileSync(path, shouldBe);
}
