import { type ReactNode, useEffect } from 'react';
import { useErrorText } from '../core/errors.ts';
import { defineTexts, useTexts } from '../core/texts.ts';
import { setPageTitle } from '../core/title.ts';
import { Button } from './button.tsx';
import { Icon, type IconName } from './icon.tsx';
import styles from './page.module.css';

const texts = defineTexts(
  { again: 'Try again', loading: 'Loading…', more: 'Show more' },
  { again: 'Reintentar', loading: 'Cargando…', more: 'Mostrar más' },
);

/** A page with its title and actions. `lead` comes before the title, such as a link back. */
export function Page({
  title,
  lead,
  tools,
  children,
}: {
  title: string;
  lead?: ReactNode;
  tools?: ReactNode;
  children: ReactNode;
}) {
  useEffect(() => {
    setPageTitle(`${title} · vigia`);
  }, [title]);
  return (
    <div className={styles.page}>
      <header className={styles.header}>
        {lead}
        <h1 className={styles.title}>{title}</h1>
        {tools && <div className={styles.tools}>{tools}</div>}
      </header>
      {children}
    </div>
  );
}

/** A framed section of a page. */
export function Section({
  title,
  tools,
  children,
  className,
}: {
  title: string;
  tools?: ReactNode;
  children: ReactNode;
  className?: string | undefined;
}) {
  return (
    <section className={`${styles.section} ${className ?? ''}`} aria-label={title}>
      <header className={styles.sectionHeader}>
        <h2>{title}</h2>
        {tools && <div className={styles.tools}>{tools}</div>}
      </header>
      {children}
    </section>
  );
}

/** A placeholder: there is nothing to show, and why. */
export function Empty({ icon = 'screen', title, children }: { icon?: IconName; title: string; children?: ReactNode }) {
  return (
    <div className={styles.empty}>
      <Icon name={icon} size={28} />
      <p className={styles.emptyTitle}>{title}</p>
      {children && <div className="muted">{children}</div>}
    </div>
  );
}

export function ErrorNote({ error, retry }: { error: unknown; retry?: () => void }) {
  const t = useTexts(texts);
  const { title, detail } = useErrorText()(error);
  return (
    <div className={styles.error} role="alert">
      <Icon name="warning" size={18} />
      <div>
        <p className={styles.emptyTitle}>{title}</p>
        {detail && <p>{detail}</p>}
      </div>
      {retry && <Button onClick={retry}>{t.again}</Button>}
    </div>
  );
}

export function Loading() {
  const t = useTexts(texts);
  return (
    <p className={styles.loading} role="status">
      {t.loading}
    </p>
  );
}

/** Shows the state of a request: loading, failed, empty or the content. Use it with `useLoad` and `usePages`. */
export function Outcome({
  error,
  isStale,
  loading,
  reload,
  isEmpty,
  empty,
  children,
}: {
  error: unknown;
  isStale: boolean;
  loading: boolean;
  reload(): void;
  isEmpty: boolean;
  empty: ReactNode;
  children: ReactNode;
}) {
  if (error && isEmpty) return <ErrorNote error={error} retry={reload} />;
  if (isEmpty) return loading || isStale ? <Loading /> : empty;
  return (
    <>
      {error ? <ErrorNote error={error} retry={reload} /> : null}
      <Stale is={isStale}>{children}</Stale>
    </>
  );
}

/** Fades the previous content if the next takes long to load. */
export function Stale({ is, children }: { is: boolean; children: ReactNode }) {
  return (
    <div className={`${styles.answer} ${is ? styles.stale : ''}`} aria-busy={is}>
      {children}
    </div>
  );
}

export function More({ pages }: { pages: { hasMore: boolean; loading: boolean; more(): void } }) {
  const t = useTexts(texts);
  if (!pages.hasMore) return null;
  return (
    <div className={styles.more}>
      <Button onClick={pages.more} disabled={pages.loading}>
        {pages.loading ? t.loading : t.more}
      </Button>
    </div>
  );
}
