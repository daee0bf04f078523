import { type Dashboard, instance } from './dashboard.ts';
import { to } from './links.ts';
import { lines, number } from './panels.ts';

const here = '{instance=~"$instance"}';
const rate = (metric: string, by: string) => `sum by (${by}) (rate(${metric}${here}[$__rate_interval])) * 60`;
const recent = (metric: string, labels = '') => `sum(increase(${metric}{instance=~"$instance"${labels}}[15m]))`;

export const security: Dashboard = {
  uid: 'vigia-security',
  title: 'Security',
  description: 'Who was refused, and why. Names and addresses are in the audit: npx vigia audit.',
  variables: [instance],
  rows: [
    {
      title: 'Within 15 minutes',
      links: [to.audit, to.server],
      panels: [
        number('Refused sign-ins', 'Of players, admins and REST.', recent('vigia_auth_failures_total'), {
          unit: 'short',
          width: 6,
          limits: { orange: 50, red: 450 },
        }),
        number(
          'Without the right',
          'Requests by somebody whose role does not allow them.',
          `${recent('vigia_refused_total', ', code="forbidden"')} or vector(0)`,
          { unit: 'short', width: 6, limits: { orange: 1, red: 50 } },
        ),
        number('Conflicts', 'Device ids that two machines use.', recent('vigia_conflicts_total'), {
          unit: 'short',
          width: 6,
          limits: { orange: 1, red: 5 },
        }),
        number(
          'Rate limits',
          'Transports closed since they sent too much.',
          recent('vigia_transports_closed_total', ', reason="rate_limited"'),
          { unit: 'short', width: 6, limits: { orange: 1, red: 50 } },
        ),
      ],
    },
    {
      title: 'Over time',
      links: [to.audit, to.server],
      panels: [
        lines(
          'Refused sign-ins by reason',
          'A minute. wrong of many kinds is guessing; revoked is a device with an old token.',
          { '{{audience}} {{reason}}': rate('vigia_auth_failures_total', 'audience, reason') },
          { unit: 'cpm', min: 0, limits: { orange: 10, red: 30 } },
        ),
        lines(
          'Refused',
          'Messages and requests that were refused, by error code; a minute.',
          { '{{audience}} {{code}}': rate('vigia_refused_total', 'audience, code') },
          { unit: 'cpm', min: 0 },
        ),
        lines(
          'Takeovers and conflicts',
          'Registrations that replaced another session, and those where two machines fight over one id; a minute.',
          {
            takeovers: `sum(rate(vigia_takeovers_total${here}[$__rate_interval])) * 60`,
            conflicts: `sum(rate(vigia_conflicts_total${here}[$__rate_interval])) * 60`,
          },
          { unit: 'cpm', min: 0 },
        ),
        lines(
          'Transports closed by the server',
          'Too many messages, too large ones, slow readers; a minute.',
          { '{{reason}}': rate('vigia_transports_closed_total', 'reason') },
          { unit: 'cpm', min: 0 },
        ),
        lines(
          'Restricted devices',
          'Pauses of devices that did too much, by what that was; a minute. The console shows which: restricted:yes.',
          { '{{reason}}': rate('vigia_restrictions_total', 'reason') },
          { unit: 'cpm', min: 0 },
        ),
        lines(
          'Devices with an open alert for that',
          'Devices that are restricted, or were within the last five minutes.',
          { devices: `sum(vigia_alerts_open${here.replace('}', ', alert="device_restricted"}')})` },
          { unit: 'none', min: 0, limits: { orange: 1, red: 10 } },
        ),
        lines(
          'Refused sign-ins, as the alert sees them',
          'A minute over five minutes, by audience. Above 30 AuthAttack fires.',
          { '{{audience}}': 'sum by (audience) (job_audience:vigia_auth_failures:rate5m) * 60' },
          { unit: 'cpm', min: 0, limits: { orange: 10, red: 30 }, width: 24 },
        ),
      ],
    },
  ],
};
