import { commands } from './commands.ts';
import { type Dashboard, render } from './dashboard.ts';
import { deviceLife } from './device.ts';
import { fleet } from './fleet.ts';
import { security } from './security.ts';
import { server } from './server.ts';
import { streams } from './streams.ts';

const all: readonly Dashboard[] = [fleet, commands, streams, server, security, deviceLife];

/** The files in grafana/dashboards, with their paths in the repository. */
export function dashboardFiles(): { file: string; text: string }[] {
  return all.map((it) => ({
    file: `grafana/dashboards/${it.uid.replace('vigia-', '')}.json`,
    text: `${JSON.stringify(render(it), null, 2)}\n`,
  }));
}
