import { type Dashboard, instance } from './dashboard.ts';
import { to } from './links.ts';
import { lines, number } from './panels.ts';

const here = '{instance=~"$instance"}';
const rate = (metric: string, by: string) => `sum by (${by}) (rate(${metric}${here}[$__rate_interval])) * 60`;
const recent = (metric: string, labels = '') => `sum(increase(${metric}{instance=~"$instance"${labels}}[15m]))`;

export const security: Dashboard = {
  uid: 'vigia-security',
  title: 'Security',
  description: 'Refused requests by reason. For names and addresses, see the audit log: npx vigia audit.',
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
          'Missing permission',
          'Requests that the role does not allow.',
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
          'Transports closed for exceeding a rate limit.',
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
          'Per minute. Many wrong tokens indicate guessing; revoked is a device with an old token.',
          { '{{audience}} {{reason}}': rate('vigia_auth_failures_total', 'audience, reason') },
          { unit: 'cpm', min: 0, limits: { orange: 10, red: 30 } },
        ),
        lines(
          'Refused',
          'Refused messages and requests per minute, by error code.',
          { '{{audience}} {{code}}': rate('vigia_refused_total', 'audience, code') },
          { unit: 'cpm', min: 0 },
        ),
        lines(
          'Takeovers and conflicts',
          'Per minute: registrations that replaced another session, and conflicts between two machines with the same id.',
          {
            takeovers: `sum(rate(vigia_takeovers_total${here}[$__rate_interval])) * 60`,
            conflicts: `sum(rate(vigia_conflicts_total${here}[$__rate_interval])) * 60`,
          },
          { unit: 'cpm', min: 0 },
        ),
        lines(
          'Transports closed by the server',
          'Per minute: too many or too large messages, slow readers.',
          { '{{reason}}': rate('vigia_transports_closed_total', 'reason') },
          { unit: 'cpm', min: 0 },
        ),
        lines(
          'Restricted devices',
          'Restrictions of misbehaving devices per minute, by reason. The console shows the devices: restricted:yes.',
          { '{{reason}}': rate('vigia_restrictions_total', 'reason') },
          { unit: 'cpm', min: 0 },
        ),
        lines(
          'Devices with an open restriction alert',
          'Devices restricted now or within the last five minutes.',
          { devices: `sum(vigia_alerts_open${here.replace('}', ', alert="device_restricted"}')})` },
          { unit: 'none', min: 0, limits: { orange: 1, red: 10 } },
        ),
        lines(
          'Refused sign-ins, as evaluated by the alert',
          'Per minute, averaged over five minutes, by audience. AuthAttack fires above 30.',
          { '{{audience}}': 'sum by (audience) (job_audience:vigia_auth_failures:rate5m) * 60' },
          { unit: 'cpm', min: 0, limits: { orange: 10, red: 30 }, width: 24 },
        ),
      ],
    },
  ],
};
