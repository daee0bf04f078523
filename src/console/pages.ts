import type { ComponentType } from 'react';
import type { Role } from '../protocol/roles.ts';
import type { IconName } from './ui/icon.tsx';

export interface PageEntry {
  /** A wouter pattern: `/devices/:id`. */
  path: string;
  load(): Promise<{ default: ComponentType }>;
  /** The entry in the navigation. */
  nav?: { icon: IconName; en: string; es: string; key: string };
  /** The least role that may open the page. */
  role?: Role;
}

/**
 * All pages. Each is a folder in `pages/` whose `page.tsx` exports the component. `nav.key` opens the page after `g`.
 */
export const pages: readonly PageEntry[] = [
  {
    path: '/',
    nav: { icon: 'wall', en: 'Wall', es: 'Pantallas', key: 'w' },
    load: () => import('./pages/wall/page.tsx'),
  },
  { path: '/devices/:id', load: () => import('./pages/device/page.tsx') },
  {
    path: '/rollouts',
    nav: { icon: 'bulk', en: 'Rollouts', es: 'Despliegues', key: 'r' },
    load: () => import('./pages/rollouts/page.tsx'),
  },
  { path: '/rollouts/:id', load: () => import('./pages/rollouts/rollout-page.tsx') },
  {
    path: '/schedules',
    nav: { icon: 'clock', en: 'Schedules', es: 'Agenda', key: 'c' },
    load: () => import('./pages/schedules/page.tsx'),
  },
  {
    path: '/alerts',
    nav: { icon: 'bell', en: 'Alerts', es: 'Alertas', key: 'a' },
    load: () => import('./pages/alerts/page.tsx'),
  },
  { path: '/alerts/:id', load: () => import('./pages/alerts/alert-page.tsx') },
  {
    path: '/statistics',
    nav: { icon: 'chart', en: 'Statistics', es: 'Estadísticas', key: 's' },
    load: () => import('./pages/statistics/page.tsx'),
  },
  {
    path: '/report',
    nav: { icon: 'report', en: 'Report', es: 'Informe', key: 'm' },
    load: () => import('./pages/report/page.tsx'),
  },
  {
    path: '/provisioning',
    role: 'admin',
    nav: { icon: 'plus', en: 'Provisioning', es: 'Dispositivos nuevos', key: 'p' },
    load: () => import('./pages/provisioning/page.tsx'),
  },
  { path: '/provisioning/many', role: 'admin', load: () => import('./pages/enrol/page.tsx') },
  {
    path: '/tokens',
    role: 'admin',
    nav: { icon: 'key', en: 'Tokens', es: 'Tokens', key: 't' },
    load: () => import('./pages/tokens/page.tsx'),
  },
  { path: '/sessions', load: () => import('./pages/sessions/page.tsx') },
  {
    path: '/webhooks',
    role: 'admin',
    nav: { icon: 'hook', en: 'Webhooks', es: 'Webhooks', key: 'h' },
    load: () => import('./pages/webhooks/page.tsx'),
  },
  {
    path: '/audit',
    role: 'admin',
    nav: { icon: 'scroll', en: 'Audit', es: 'Auditoría', key: 'u' },
    load: () => import('./pages/audit/page.tsx'),
  },
  { path: '/components', load: () => import('./pages/components/page.tsx') },
];
