/** A link to further details. Grafana fills in the time range, the instances and the console's address. */
export interface Link {
  title: string;
  url: string;
  targetBlank: boolean;
}

const fill = (name: string) => `$\{${name}}`;
const KEPT = `${fill('__url_time_range')}&${fill('console:queryparam')}`;

const dashboard = (name: string, title: string): Link => ({
  title,
  url: `/d/vigia-${name}?${KEPT}`,
  targetBlank: false,
});
const console = (title: string, path: string): Link => ({
  title: `Console: ${title}`,
  url: `${fill('console')}${path}`,
  targetBlank: true,
});

export const to = {
  fleet: dashboard('fleet', 'Fleet'),
  commands: dashboard('commands', 'Commands'),
  server: dashboard('server', 'Server'),
  security: dashboard('security', 'Security'),
  device: dashboard('device', 'Device'),
  wall: console('wall', '/'),
  /** For panels by group: the group that was clicked. */
  group: console('this group', `/?group=${fill('__field.labels.group:percentencode')}`),
  alerts: console('alerts', '/alerts'),
  bulk: console('rollouts', '/rollouts'),
  audit: console('audit', '/audit'),
  /** For the Device dashboard: the selected device. */
  thisDevice: console('this device', `/devices/${fill('device:percentencode')}`),
} as const;
