import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import type { CDPSession, Page } from 'playwright-core';
import { launchBrowser } from '../support/chromium.ts';
import { sleep, startLoad, startVigia, tokens } from './processes.ts';

/**
 * The console's wall in a real browser, with a large reporting fleet: time to display, smoothness of scrolling, memory.
 * `npm run bench:console -- --devices 10000 --rate 1500 --seconds 600`
 */
const { values } = parseArgs({
  options: {
    devices: { type: 'string', default: '10000' },
    rate: { type: 'string', default: '1500' },
    seconds: { type: 'string', default: '120' },
  },
});
const [devices, rate, seconds] = [Number(values.devices), Number(values.rate), Number(values.seconds)];
const SAMPLES = 6;
const SCROLL_MS = 10_000;

const target = await startVigia();
const load = await startLoad({ ...tokens, url: target.url, devices, rate, admins: 0, encoding: 'deflate' });
const browser = await launchBrowser();
try {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  const debug = await page.context().newCDPSession(page);
  await page.addInitScript(watchLongTasks());
  const scripts: Promise<Buffer>[] = [];
  page.on('response', (response) => {
    if (response.url().endsWith('.js')) scripts.push(response.body());
  });
  await page.goto(target.url);
  await page.getByLabel('Token').fill(tokens.adminToken);
  await target.worstStall();
  const from = performance.now();
  await page.keyboard.press('Enter');
  await page.locator('a[href^="/devices/"]').first().waitFor();
  const shownAfter = performance.now() - from;
  await page.getByText(`${devices.toLocaleString('en')} devices`, { exact: true }).waitFor({ timeout: 120_000 });
  const liveAfter = performance.now() - from;
  const stall = await target.worstStall();
  const bytes = (await Promise.all(scripts)).reduce((sum, it) => sum + gzipSync(it).length, 0);
  const startTasks = await longTasks(page);
  await sleep(3000);
  await longTasks(page);

  const grid = await scrolled(page);
  await page.keyboard.press('v');
  await sleep(1000);
  await longTasks(page);
  const table = await scrolled(page);

  const heaps: number[] = [];
  for (let i = 0; i < SAMPLES; i++) {
    await sleep((seconds * 1000) / SAMPLES);
    heaps.push(await heapOf(debug));
  }
  const idle = await longTasks(page);
  const mb = (value: number) => `${(value / 1048576).toFixed(1)} MB`;
  console.log(`${devices} devices, ${rate} reports a second
  first devices shown after sign-in   ${Math.round(shownAfter)} ms (goal 500 with 10,000 devices, 1,000 with 20,000)
  the whole fleet, live               ${Math.round(liveAfter)} ms
  the server stood still for at most  ${Math.round(stall)} ms meanwhile
  JavaScript of the first page        ${(bytes / 1000).toFixed(0)} kB gzipped (goal 200, with the stylesheets)
  long tasks until then               ${told(startTasks)}
  scrolling the grid for 10 s         ${grid}
  scrolling the table for 10 s        ${table}
  the ${seconds} s after                     ${told(idle)}
  memory                              ${heaps.map(mb).join(', ')}`);
} finally {
  await browser.close();
  await load.stop();
  await target.stop();
}

function watchLongTasks(): string {
  return `window.longTasks = [];
    new PerformanceObserver((list) => longTasks.push(...list.getEntries().map((it) => it.duration)))
      .observe({ type: 'longtask', buffered: true });`;
}

/** Durations of tasks over 50 ms since the last call, in ms. */
async function longTasks(page: Page): Promise<number[]> {
  return (await page.evaluate('longTasks.splice(0)')) as number[];
}

/** Scrolls continuously, and counts frames and delays. */
async function scrolled(page: Page): Promise<string> {
  const frames = (await page.evaluate(`new Promise((done) => {
    const frame = document.querySelector('a[href^="/devices/"]').closest('ul, table').parentElement;
    const until = performance.now() + ${SCROLL_MS};
    let frames = 0;
    const step = () => {
      frames++;
      frame.scrollTop += 40;
      if (performance.now() < until) requestAnimationFrame(step); else done(frames);
    };
    requestAnimationFrame(step);
  })`)) as number;
  return `${Math.round((frames * 1000) / SCROLL_MS)} frames a second, ${told(await longTasks(page))}`;
}

function told(tasks: readonly number[]): string {
  if (tasks.length === 0) return 'no long task';
  return `${tasks.length} long tasks, the longest ${Math.round(Math.max(...tasks))} ms`;
}

async function heapOf(debug: CDPSession): Promise<number> {
  await debug.send('HeapProfiler.collectGarbage');
  await debug.send('Performance.enable');
  const { metrics } = await debug.send('Performance.getMetrics');
  return metrics.find(({ name }) => name === 'JSHeapUsedSize')?.value ?? 0;
}
