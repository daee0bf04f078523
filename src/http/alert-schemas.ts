import { z } from '@hono/zod-openapi';
import { alertActs } from '../protocol/alert-acts.ts';
import { notificationStatuses } from '../protocol/alert-notifications.ts';
import { alertEndings, alerts, Policy } from '../protocol/alerts.ts';
import { note, time } from './schemas.ts';

export const PolicyBody = Policy.meta({
  id: 'Policy',
  description: 'When to alert about a device. `hours`: local times; days that are missing have no hours.',
  example: { timeZone: 'Europe/Madrid', hours: { mon: [['08:00', '22:00']], fri: [['20:00', '02:00']] } },
});

export const PolicyPage = z
  .object({
    policies: z.array(
      z.object({
        scope: z.string().meta({ description: '`default`, `group:NAME` or `device:ID`', example: 'group:lobby' }),
        policy: PolicyBody,
      }),
    ),
    cursor: z.string().optional().meta({ description: 'Pass it to get the next page; absent on the last page' }),
  })
  .openapi('PolicyPage');

const alert = {
  id: z.string(),
  alert: z.enum(Object.keys(alerts) as [keyof typeof alerts, ...(keyof typeof alerts)[]]),
  severity: z.enum(['critical', 'warning']),
  state: z.enum(['open', 'resolved']),
  about: z.string().meta({ description: 'The device id, `group NAME`, `address IP`, `fleet`, or the instance name' }),
  group: z.string().optional(),
  summary: z.string().meta({ description: 'The `details` as a sentence' }),
  details: z
    .object({
      since: time.optional(),
      reason: z.string().optional(),
      places: z.array(z.string()).optional(),
      skewMs: z.number().optional(),
      fullness: z.number().optional(),
      evidence: z.string().optional(),
      losses: z.int().optional(),
      availability: z.number().optional(),
      desired: z.string().optional(),
      tried: z.array(z.string()).optional(),
      attempts: z.array(z.object({ intent: z.string(), times: z.int(), ending: z.string().optional() })).optional(),
      code: z.string().optional(),
      lost: z.int().optional(),
    })
    .optional()
    .meta({ description: 'What was found when the alert opened; the fields depend on the kind' }),
  openedAt: time,
  resolvedAt: time.optional(),
  ending: z
    .enum(alertEndings)
    .optional()
    .meta({ description: '`removed`: the device was removed; `gone`: the instance is gone; `closed`: by a person' }),
  resolution: z.string().optional(),
  closedBy: z.string().optional(),
  devices: z.array(z.string()).optional().meta({ description: 'For a site incident: the devices that are still lost' }),
  acknowledged: z.object({ at: time, by: z.string() }).optional(),
  assignee: z.string().optional().meta({ description: 'The name of a person' }),
  muted: z
    .object({ until: time, by: z.string() })
    .optional()
    .meta({ description: 'Nothing of this kind about this subject is sent to the channels until then' }),
};

export const AlertShown = z.object(alert).openapi('Alert');

export const AlertFileShown = z
  .object({
    ...alert,
    closable: z.boolean().meta({ description: 'A person may close it: its problem is not measured now' }),
    acts: z
      .array(
        z
          .object({
            id: z.string(),
            act: z.enum(alertActs),
            at: time,
            by: z.string().meta({ description: 'The name of the token' }),
            comment: z.string().optional(),
            to: z.string().nullable().optional().meta({ description: '`assign`: to whom; null: nobody' }),
            until: time.optional().meta({ description: '`mute`: its end' }),
          })
          .openapi('AlertAct'),
      )
      .meta({ description: 'What people did, oldest first' }),
    notifications: z
      .array(
        z
          .object({
            channel: z.string(),
            kind: z.string(),
            name: z.string(),
            state: z.enum(['open', 'resolved']),
            status: z.enum(notificationStatuses),
            attempts: z.int(),
            firstAt: time,
            lastAt: time,
            answer: z.string().meta({ description: 'What the receiver answered last, or why nothing arrived' }),
          })
          .openapi('AlertNotification'),
      )
      .meta({ description: 'Who was notified, and how it went' }),
  })
  .openapi('AlertFile');

export const AlertPage = z
  .object({
    alerts: z.array(AlertShown),
    cursor: z.string().optional().meta({ description: 'Pass it to get the next page; absent on the last page' }),
    note,
  })
  .openapi('AlertPage');
