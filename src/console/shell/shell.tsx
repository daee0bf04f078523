import { useEffect, useRef, useState } from 'react';
import { Link, Route, Switch, useLocation } from 'wouter';
import { hasRole } from '../../protocol/roles.ts';
import { rememberNavigation } from '../core/back-to-wall.ts';
import { basePath } from '../core/base.ts';
import { useShortcuts } from '../core/keys.tsx';
import { useLeaving } from '../core/leaving.tsx';
import { usePreferences } from '../core/preferences.tsx';
import { useSession } from '../core/session.tsx';
import { defineTexts, useTexts } from '../core/texts.ts';
import { type PageEntry, pages } from '../pages.ts';
import { Button } from '../ui/button.tsx';
import { Icon } from '../ui/icon.tsx';
import { Empty } from '../ui/page.tsx';
import { useToast } from '../ui/toast.tsx';
import { AlertSignals } from './alert-signals.tsx';
import { ConnectionKind } from './connection-kind.tsx';
import { ConnectionNote } from './connection-note.tsx';
import { KeyList } from './key-list.tsx';
import { OpenAlerts } from './open-alerts.tsx';
import { PageFault } from './page-fault.tsx';
import { LoadedPage } from './page-loader.tsx';
import { PreferenceButtons } from './preference-buttons.tsx';
import styles from './shell.module.css';

const texts = defineTexts(
  {
    pages: 'Pages',
    menu: 'Menu',
    api: 'API documentation',
    skip: 'Skip to content',
    signOut: 'Sign out',
    sessions: 'Sessions',
    nowhere: 'Page not found',
    toWall: 'Go to the wall',
    notYours: 'You do not have access to this page',
    notYoursWhy: (needed: string, mine: string) => `It requires the role ${needed}; your token has the role ${mine}.`,
    viewer: 'viewer',
    operator: 'operator',
    admin: 'admin',
  },
  {
    pages: 'Páginas',
    menu: 'Menú',
    api: 'Documentación de la API',
    skip: 'Ir al contenido',
    signOut: 'Cerrar sesión',
    sessions: 'Sesiones',
    nowhere: 'Página no encontrada',
    toWall: 'Ir a las pantallas',
    notYours: 'Sin acceso a esta página',
    notYoursWhy: (needed: string, mine: string) => `Requiere el rol ${needed}; tu token tiene el rol ${mine}.`,
    viewer: 'solo lectura',
    operator: 'operador',
    admin: 'administrador',
  },
);

/** The number of pages in the tab bar of phones; the others are in its menu. */
const IN_BAR = 4;

/** The skip link: focuses the main content; on the wall, the first screen. */
function skip(): void {
  (document.getElementById('list') ?? document.getElementById('page'))?.focus();
}

/** The frame of all pages: navigation, user and connection status. */
export function Shell() {
  const t = useTexts(texts);
  const { language } = usePreferences();
  const { name, role, signOut } = useSession();
  const toast = useToast();
  const { mayLeave } = useLeaving();
  const leave = async () => {
    if (await mayLeave()) await signOut();
  };
  const [location, go] = useLocation();
  const [isOpen, setOpen] = useState(false);
  const before = useRef(location);
  useEffect(() => {
    rememberNavigation(before.current, location);
    before.current = location;
    setOpen(false);
  }, [location]);
  const mine = pages.filter((page) => hasRole(role, page.role ?? 'viewer'));
  const inNav = mine.flatMap(({ path, nav }) => (nav ? [{ path, ...nav, name: nav[language] }] : []));
  useShortcuts(inNav.map((it) => ({ key: `g ${it.key}`, does: it.name, run: () => go(it.path) })));
  const current = inNav.findLast(({ path }) =>
    path === '/' ? location === '/' || location.startsWith('/devices') : location.startsWith(path),
  );
  return (
    <div className={styles.shell}>
      <AlertSignals />
      <button type="button" className={styles.skip} onClick={skip}>
        {t.skip}
      </button>
      <aside className={styles.side}>
        <Link href="/" className={styles.brand}>
          <img src={`${basePath}/vigia.svg`} alt="" width={26} height={26} />
          <span>vigia</span>
        </Link>
        <nav aria-label={t.pages} className={`${styles.nav} ${isOpen ? styles.open : ''}`}>
          {inNav.map(({ path, icon, name }) => (
            <Link
              key={path}
              href={path}
              className={styles.link}
              aria-current={current?.path === path ? 'page' : undefined}
            >
              <Icon name={icon} size={17} />
              <span>{name}</span>
              {path === '/alerts' && <OpenAlerts />}
            </Link>
          ))}
          <Link
            href="/sessions"
            className={`${styles.link} ${styles.onPhone}`}
            aria-current={location === '/sessions' ? 'page' : undefined}
          >
            <Icon name="user" size={17} />
            <span>{t.sessions}</span>
          </Link>
          {inNav.length > IN_BAR && (
            <button
              type="button"
              className={`${styles.link} ${styles.menu}`}
              aria-expanded={isOpen}
              onClick={() => setOpen(!isOpen)}
            >
              <Icon name={isOpen ? 'close' : 'rows'} size={17} />
              <span>{t.menu}</span>
            </button>
          )}
        </nav>
        <div className={styles.foot}>
          <p className={styles.who}>
            <span className={styles.name} title={name}>
              {name}
            </span>
            <small className="muted">{t[role]}</small>
            <ConnectionKind />
            <Link href="/sessions" className={styles.api}>
              {t.sessions}
            </Link>
            <a href={`${basePath}/api/docs`} className={styles.api}>
              {t.api}
            </a>
          </p>
          <div className={styles.footButtons}>
            <PreferenceButtons />
            <KeyList />
            <Button
              kind="quiet"
              aria-label={t.signOut}
              title={t.signOut}
              onClick={() => void leave().catch(toast.error)}
            >
              <Icon name="leave" />
            </Button>
          </div>
        </div>
      </aside>
      <div className={styles.content}>
        <ConnectionNote />
        <main id="page" tabIndex={-1} className={styles.page}>
          <PageFault key={location}>
            <Switch>
              {pages.map((page) => (
                <Route key={page.path} path={page.path}>
                  <Guarded page={page} />
                </Route>
              ))}
              <Route>
                <Empty title={t.nowhere}>
                  <Link href="/">{t.toWall}</Link>
                </Empty>
              </Route>
            </Switch>
          </PageFault>
        </main>
      </div>
    </div>
  );
}

function Guarded({ page }: { page: PageEntry }) {
  const t = useTexts(texts);
  const { role } = useSession();
  const needed = page.role ?? 'viewer';
  if (hasRole(role, needed)) return <LoadedPage page={page} />;
  return (
    <Empty icon="key" title={t.notYours}>
      {t.notYoursWhy(t[needed], t[role])}
    </Empty>
  );
}
