import { type Dashboard, group, instance } from './dashboard.ts';
import { to } from './links.ts';
import { bars, lines, number } from './panels.ts';

const here = '{instance=~"$instance"}';

export const fleet: Dashboard = {
  uid: 'vigia-fleet',
  title: 'Fleet',
  description: 'Are the screens there, do they report, do they play?',
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
          'Share of the devices that were ever connected, and are not.',
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
          'Share of the devices whose screen is known that show nothing.',
          'max(job:vigia_devices_off_air:ratio)',
          {
            unit: 'percentunit',
            limits: { orange: 0.05, red: 0.2 },
          },
        ),
        number(
          'Never came',
          'Devices that were provisioned and have not been connected yet.',
          `sum(vigia_devices_never_seen${here})`,
          { unit: 'short' },
        ),
        number(
          'Lost in 5 minutes',
          'Connections that broke, without those that left in order.',
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
          'Reconnecting: lost for less than the grace time, after which it is offline.',
          { '{{status}}': `sum by (status) (vigia_devices${here})` },
          { unit: 'short', stacked: true, min: 0 },
        ),
        lines(
          'On air',
          'Is it playing, as far as its reports prove it?',
          { '{{status}}': `sum by (status) (vigia_devices_on_air${here})` },
          { unit: 'short', stacked: true, min: 0 },
        ),
        lines(
          'Connections and losses',
          'A minute; losses by reason. Many of one reason at once share a cause.',
          {
            registered: `sum(rate(vigia_registrations_total${here}[$__rate_interval])) * 60`,
            'lost: {{reason}}': `sum by (reason) (rate(vigia_connections_lost_total${here}[$__rate_interval])) * 60`,
          },
          { unit: 'cpm', min: 0 },
        ),
        lines(
          'Reports and changes',
          'A second. A report that changes nothing costs nobody anything.',
          {
            reports: `sum(rate(vigia_reports_total${here}[$__rate_interval]))`,
            overtaken: `sum(rate(vigia_reports_overtaken_total${here}[$__rate_interval]))`,
            'without news': `sum(rate(vigia_reports_unchanged_total${here}[$__rate_interval]))`,
            changes: `sum(rate(vigia_changes_total${here}[$__rate_interval]))`,
          },
          { unit: 'cps', min: 0 },
        ),
        lines(
          'Silent devices',
          'Freshness of the states: stale ones are too old. Silent: stale, although the device is connected.',
          {
            '{{status}}': `sum by (status) (vigia_device_reports${here})`,
            silent: `sum(vigia_devices_silent${here})`,
          },
          { unit: 'short', min: 0 },
        ),
        lines(
          'Screenshots',
          'Stored by where they came from, and refused by reason; a minute.',
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
          'Share of each group that is connected. The largest fifty groups; the others together.',
          {
            '{{group}}': `sum by (group) (vigia_group_devices{instance=~"$instance", group=~"$group", status="online"}) / sum by (group) (vigia_group_devices{instance=~"$instance", group=~"$group"})`,
          },
          { unit: 'percentunit', min: 0, max: 1, limits: { orange: 0.95, red: 0.8, worse: 'below' }, opens: to.group },
        ),
        lines(
          'Groups: away',
          'Devices of each group that are not connected. One group is one site.',
          {
            '{{group}}': `sum by (group) (vigia_group_devices{instance=~"$instance", group=~"$group", status!="online"})`,
          },
          { unit: 'short', min: 0, opens: to.group },
        ),
        lines(
          'Open alerts',
          'Alerts of the server that are open, by kind; about which devices, the console says.',
          { '{{alert}}': `sum by (alert) (vigia_alerts_open${here})` },
          { unit: 'short', min: 0 },
        ),
        bars(
          'App versions',
          'Devices by the version of their player. The fifty most frequent; the others together.',
          {
            '{{version}}': `sum by (version) (vigia_app_versions${here})`,
          },
          { unit: 'short', min: 0 },
        ),
      ],
    },
  ],
};
