import { type Dashboard, instance } from './dashboard.ts';
import { to } from './links.ts';
import { lines, number } from './panels.ts';

const here = '{instance=~"$instance"}';
const rate = (metric: string, labels = '') => `sum(rate(${metric}{instance=~"$instance"${labels}}[$__rate_interval]))`;
const total = (metric: string, labels = '') => `sum(increase(${metric}{instance=~"$instance"${labels}}[$__range]))`;

export const streams: Dashboard = {
  uid: 'vigia-streams',
  title: 'Streams',
  description: 'Updates sent to admins, and what diffs, batching and compression save.',
  variables: [instance],
  rows: [
    {
      title: 'Savings in the visible time range',
      links: [to.fleet, to.server],
      panels: [
        number(
          'By diffs',
          'Share of the reported bytes that need not be sent, since only changes are published.',
          `1 - ${total('vigia_stream_bytes_total', ', encoding="json"')} / (${total('vigia_report_bytes_total')} > 0)`,
          { unit: 'percentunit', width: 6 },
        ),
        number(
          'By batching',
          'Share of messages avoided by combining updates.',
          `1 - ${total('vigia_stream_batches_total')} / (${total('vigia_stream_updates_total')} > 0)`,
          { unit: 'percentunit', width: 6 },
        ),
        number(
          'By compression',
          'Share of the stream bytes removed by deflate.',
          `1 - ${total('vigia_stream_bytes_total', ', encoding="deflate"')} / (${total('vigia_stream_bytes_total', ', encoding="json"')} > 0)`,
          { unit: 'percentunit', width: 6 },
        ),
        number('Admins', 'Sockets of admins: consoles, programs.', `sum(vigia_admins${here})`, {
          unit: 'short',
          width: 6,
        }),
      ],
    },
    {
      title: 'Over time',
      links: [to.fleet, to.server],
      panels: [
        lines(
          'Bytes',
          'Bytes reported by players and sent to admins. A batch counts once, regardless of the number of admins.',
          {
            reported: rate('vigia_report_bytes_total'),
            'stream as JSON': rate('vigia_stream_bytes_total', ', encoding="json"'),
            'stream, deflated': rate('vigia_stream_bytes_total', ', encoding="deflate"'),
          },
          { unit: 'Bps', min: 0 },
        ),
        lines(
          'Bytes saved',
          'Compared with sending everything. Batching: 70 bytes of envelope for each avoided message.',
          {
            'by diffs': `${rate('vigia_report_bytes_total')} - ${rate('vigia_stream_bytes_total', ', encoding="json"')}`,
            'by compression': `${rate('vigia_stream_bytes_total', ', encoding="json"')} - ${rate('vigia_stream_bytes_total', ', encoding="deflate"')}`,
            'by batching': `(${rate('vigia_stream_updates_total')} - ${rate('vigia_stream_batches_total')}) * 70`,
          },
          { unit: 'Bps' },
        ),
        lines(
          'Updates and batches',
          'Updates, and the messages that combine them.',
          {
            updates: rate('vigia_stream_updates_total'),
            batches: rate('vigia_stream_batches_total'),
          },
          { unit: 'cps', min: 0 },
        ),
        lines(
          'Admins by instance',
          'Connected admin sockets.',
          { '{{instance}}': `vigia_admins${here}` },
          { unit: 'short', min: 0 },
        ),
        lines(
          'Full document sets',
          'Full sets of documents sent to admins: at the first subscription, or because the cursor was too old.',
          { '{{reason}}': `sum by (reason) (rate(vigia_stream_snapshots_total${here}[$__rate_interval])) * 60` },
          { unit: 'cpm', min: 0 },
        ),
        lines(
          'Slow admins and resyncs',
          'Admins that were asked to subscribe again, and admins disconnected for reading too slowly.',
          {
            'resync: {{reason}}': `sum by (reason) (rate(vigia_stream_resyncs_total${here}[$__rate_interval])) * 60`,
            'cut: slow_reader': `${rate('vigia_transports_closed_total', ', reason="slow_reader"')} * 60`,
          },
          { unit: 'cpm', min: 0, width: 24, limits: { orange: 1, red: 10 } },
        ),
      ],
    },
  ],
};
