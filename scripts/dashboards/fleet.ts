import { type Dashboard, group, instance } from './dashboard.ts';
import { to } from './links.ts';
import { bars, lines, number } from './panels.ts';

const here = '{instance=~"$instance"}';

export const fleet: Dashboard = {
  uid: 'vigia-fleet',
  title: 'Fleet',
  description: 'Connection, reports and playback of all devices.',
  variables: [instance, group],
  rows: [
    {
      title: 'Now',
      links: [to.wall, to.alerts],
      panels: [
        number('Online', 'Devices that are connected.', `sum(vigia_devices{instance=~"$instance", status="online"})`, {
          unit: 'short',
        }),
        number(
          'Away',
          'Share of devices that are not connected, without those that never were.',
          'max(job:vigia_devices_away:ratio)',
          {
            unit: 'percentunit',
            limits: { orange: 0.05, red: 0.2 },
          },
        ),
        number('Silent', 'Share of the connected devices that send no state.', 'max(job:vigia_devices_silent:ratio)', {
          unit: 'percentunit',
          limits: { orange: 0.02, red: 0.1 },
        }),
        number(
          'Off air',
          'Share of devices that are off air, of those with a known on-air status.',
          'max(job:vigia_devices_off_air:ratio)',
          {
            unit: 'percentunit',
            limits: { orange: 0.05, red: 0.2 },
          },
        ),
        number(
          'Never connected',
          'Provisioned devices that have never connected.',
          `sum(vigia_devices_never_seen${here})`,
          { unit: 'short' },
        ),
        number(
          'Disconnected in 5 minutes',
          'Broken connections, without regular disconnects.',
          'sum(job:vigia_connections_lost:increase5m)',
          {
            unit: 'short',
            limits: { orange: 5, red: 50 },
          },
        ),
      ],
    },
    {
      title: 'Over time',
      links: [to.wall, to.server],
      panels: [
        lines(
          'Devices by status',
          'Reconnecting: disconnected for less than the grace period, after which the device is offline.',
          { '{{status}}': `sum by (status) (vigia_devices${here})` },
          { unit: 'short', stacked: true, min: 0 },
        ),
        lines(
          'On air',
          'On-air status as proven by reports.',
          { '{{status}}': `sum by (status) (vigia_devices_on_air${here})` },
          { unit: 'short', stacked: true, min: 0 },
        ),
        lines(
          'Connections and disconnections',
          'Per minute; disconnections by reason. Many with the same reason at once have a common cause.',
          {
            registered: `sum(rate(vigia_registrations_total${here}[$__rate_interval])) * 60`,
            'lost: {{reason}}': `sum by (reason) (rate(vigia_connections_lost_total${here}[$__rate_interval])) * 60`,
          },
          { unit: 'cpm', min: 0 },
        ),
        lines(
          'Reports and changes',
          'Per second. A report without a material change is not published.',
          {
            reports: `sum(rate(vigia_reports_total${here}[$__rate_interval]))`,
            overtaken: `sum(rate(vigia_reports_overtaken_total${here}[$__rate_interval]))`,
            unchanged: `sum(rate(vigia_reports_unchanged_total${here}[$__rate_interval]))`,
            changes: `sum(rate(vigia_changes_total${here}[$__rate_interval]))`,
          },
          { unit: 'cps', min: 0 },
        ),
        lines(
          'Silent devices',
          'Freshness of reports: stale ones are too old. Silent: the device is connected but sends no state.',
          {
            '{{status}}': `sum by (status) (vigia_device_reports${here})`,
            silent: `sum(vigia_devices_silent${here})`,
          },
          { unit: 'short', min: 0 },
        ),
        lines(
          'Screenshots',
          'Per minute: stored by origin, and refused by reason.',
          {
            'stored: {{source}}': `sum by (source) (rate(vigia_pictures_total${here}[$__rate_interval])) * 60`,
            'refused: {{reason}}': `sum by (reason) (rate(vigia_pictures_refused_total${here}[$__rate_interval])) * 60`,
          },
          { unit: 'cpm', min: 0 },
        ),
      ],
    },
    {
      title: 'Groups and versions',
      links: [to.wall, to.device],
      panels: [
        bars(
          'Groups: online',
          'Share of connected devices in each group. The fifty largest groups; all others combined.',
          {
            '{{group}}': `sum by (group) (vigia_group_devices{instance=~"$instance", group=~"$group", status="online"}) / sum by (group) (vigia_group_devices{instance=~"$instance", group=~"$group"})`,
          },
          { unit: 'percentunit', min: 0, max: 1, limits: { orange: 0.95, red: 0.8, worse: 'below' }, opens: to.group },
        ),
        lines(
          'Groups: not connected',
          'Devices of each group that are not connected. A group usually is a site.',
          {
            '{{group}}': `sum by (group) (vigia_group_devices{instance=~"$instance", group=~"$group", status!="online"})`,
          },
          { unit: 'short', min: 0, opens: to.group },
        ),
        lines(
          'Open alerts',
          'Open alerts by kind. The console shows the devices.',
          { '{{alert}}': `sum by (alert) (vigia_alerts_open${here})` },
          { unit: 'short', min: 0 },
        ),
        bars(
          'App versions',
          'Devices by player version. The fifty most frequent; all others combined.',
          {
            '{{version}}': `sum by (version) (vigia_app_versions${here})`,
          },
          { unit: 'short', min: 0 },
        ),
      ],
    },
  ],
};
