import { type Dashboard, instance } from './dashboard.ts';
import { to } from './links.ts';
import { lines, number } from './panels.ts';

const here = '{instance=~"$instance"}';
const rate = (metric: string, labels = '') => `sum(rate(${metric}{instance=~"$instance"${labels}}[$__rate_interval]))`;
const total = (metric: string, labels = '') => `sum(increase(${metric}{instance=~"$instance"${labels}}[$__range]))`;

export const streams: Dashboard = {
  uid: 'vigia-streams',
  title: 'Streams',
  description: 'What admins are told, and what they need not be told.',
  variables: [instance],
  rows: [
    {
      title: 'Saved, in the time that is shown',
      links: [to.fleet, to.server],
      panels: [
        number(
          'By diffs',
          'Share of the reported bytes that no stream carries, since only changes are told.',
          `1 - ${total('vigia_stream_bytes_total', ', encoding="json"')} / (${total('vigia_report_bytes_total')} > 0)`,
          { unit: 'percentunit', width: 6 },
        ),
        number(
          'By batching',
          'Share of the messages that were spared, since updates of one moment travel together.',
          `1 - ${total('vigia_stream_batches_total')} / (${total('vigia_stream_updates_total')} > 0)`,
          { unit: 'percentunit', width: 6 },
        ),
        number(
          'By compression',
          'Share of the bytes of the stream that deflate takes away.',
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
          'What players report, and what becomes of it. A batch counts once, however many admins get it.',
          {
            reported: rate('vigia_report_bytes_total'),
            'stream as JSON': rate('vigia_stream_bytes_total', ', encoding="json"'),
            'stream, deflated': rate('vigia_stream_bytes_total', ', encoding="deflate"'),
          },
          { unit: 'Bps', min: 0 },
        ),
        lines(
          'Bytes saved',
          'Of what would have to be sent otherwise. By batching: 70 bytes of envelope for each message that was spared.',
          {
            'by diffs': `${rate('vigia_report_bytes_total')} - ${rate('vigia_stream_bytes_total', ', encoding="json"')}`,
            'by compression': `${rate('vigia_stream_bytes_total', ', encoding="json"')} - ${rate('vigia_stream_bytes_total', ', encoding="deflate"')}`,
            'by batching': `(${rate('vigia_stream_updates_total')} - ${rate('vigia_stream_batches_total')}) * 70`,
          },
          { unit: 'Bps' },
        ),
        lines(
          'Updates and batches',
          'Updates that were gathered, and the messages they became.',
          {
            updates: rate('vigia_stream_updates_total'),
            batches: rate('vigia_stream_batches_total'),
          },
          { unit: 'cps', min: 0 },
        ),
        lines(
          'Admins by instance',
          'Sockets of admins.',
          { '{{instance}}': `vigia_admins${here}` },
          { unit: 'short', min: 0 },
        ),
        lines(
          'Full sets',
          'Whole fleets that were sent: at the first subscription, or because the cursor was too old.',
          { '{{reason}}': `sum by (reason) (rate(vigia_stream_snapshots_total${here}[$__rate_interval])) * 60` },
          { unit: 'cpm', min: 0 },
        ),
        lines(
          'Slow admins and resyncs',
          'Admins that were told to subscribe again, and those whose connection was cut since they read too slowly.',
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
