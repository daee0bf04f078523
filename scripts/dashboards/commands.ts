import { type Dashboard, instance } from './dashboard.ts';
import { to } from './links.ts';
import { heatmap, lines, number } from './panels.ts';

const here = '{instance=~"$instance"}';
const rate = (metric: string, by: string) => `sum by (${by}) (rate(${metric}${here}[$__rate_interval])) * 60`;

export const commands: Dashboard = {
  uid: 'vigia-commands',
  title: 'Commands',
  description: 'Commands to devices and their results.',
  variables: [instance],
  rows: [
    {
      title: 'Now',
      links: [to.bulk, to.fleet],
      panels: [
        number('Pending', 'Commands that have not ended yet.', `sum(vigia_commands_pending${here})`, {
          unit: 'short',
          limits: { orange: 100, red: 1000 },
        }),
        number(
          'Failing',
          'Share of the commands sent within 10 minutes that ended in error or timeout.',
          'max(job:vigia_commands_failed:ratio_rate10m)',
          { unit: 'percentunit', limits: { orange: 0.05, red: 0.2 } },
        ),
        number(
          'Unknown result',
          'Share of the commands sent within an hour that timed out. The objective is 1 %.',
          'max(job:vigia_commands_unanswered:ratio_rate1h)',
          { unit: 'percentunit', limits: { orange: 0.01, red: 0.144 } },
        ),
        number(
          'p95 duration',
          'p95 of the commands that succeeded within 5 minutes.',
          `histogram_quantile(0.95, sum by (le) (rate(vigia_command_duration_seconds_bucket{instance=~"$instance", status="success"}[5m])))`,
          { unit: 's', limits: { orange: 2, red: 10 } },
        ),
      ],
    },
    {
      title: 'Over time',
      links: [to.device, to.server],
      panels: [
        lines(
          'Commands by outcome',
          'Per minute. undelivered and cancelled commands were not sent and had no effect; timeout may have had one.',
          { '{{status}}': rate('vigia_commands_total', 'status') },
          { unit: 'cpm', min: 0, stacked: true },
        ),
        lines(
          'By command',
          'Per minute, all outcomes.',
          { '{{command}}': rate('vigia_commands_total', 'command') },
          { unit: 'cpm', min: 0, stacked: true },
        ),
        lines(
          'Runs of schedules',
          'Per minute. missed: the command was sent to no device; interrupted: not to all devices.',
          { '{{outcome}}': rate('vigia_schedule_runs_total', 'outcome') },
          { unit: 'cpm', min: 0, stacked: true },
        ),
        heatmap(
          'Duration',
          'From acceptance to the end of successful commands.',
          `sum by (le) (increase(vigia_command_duration_seconds_bucket{instance=~"$instance", status="success"}[$__rate_interval]))`,
          { unit: 's' },
        ),
        lines(
          'Retries',
          'Attempts per sent command; 1 means no retries.',
          {
            '{{command}}': `sum by (command) (rate(vigia_commands_sent_total${here}[$__rate_interval])) / (sum by (command) (rate(vigia_commands_total{instance=~"$instance", status=~"success|error|timeout"}[$__rate_interval])) > 0)`,
          },
          { unit: 'none', min: 0, limits: { orange: 1.5, red: 2.5 } },
        ),
        lines(
          'Verifications',
          'Verdicts of the state on commands without a response: effect is a success, none allows another attempt.',
          { '{{command}} {{verdict}}': rate('vigia_command_verifications_total', 'command, verdict') },
          { unit: 'cpm', min: 0 },
        ),
        lines(
          'Late responses and unsent commands',
          'Responses to commands that had already ended, and commands that were not sent.',
          {
            late: `sum(rate(vigia_late_responses_total${here}[$__rate_interval])) * 60`,
            '{{status}}': `sum by (status) (rate(vigia_commands_total{instance=~"$instance", status=~"undelivered|cancelled"}[$__rate_interval])) * 60`,
          },
          { unit: 'cpm', min: 0 },
        ),
        lines(
          'Error budget',
          'Commands with an unknown result, over four windows. The alert fires above 14.4 % (hour) and 6 % (six hours).',
          {
            '5 minutes': 'max(job:vigia_commands_unanswered:ratio_rate5m)',
            '30 minutes': 'max(job:vigia_commands_unanswered:ratio_rate30m)',
            hour: 'max(job:vigia_commands_unanswered:ratio_rate1h)',
            'six hours': 'max(job:vigia_commands_unanswered:ratio_rate6h)',
          },
          { unit: 'percentunit', min: 0, limits: { orange: 0.06, red: 0.144 }, width: 24 },
        ),
      ],
    },
  ],
};
