import { type ComponentProps, lazy, Suspense } from 'react';
import type { CommandDialog } from './command-dialog.tsx';

const Dialog = lazy(async () => ({ default: (await import('./command-dialog.tsx')).CommandDialog }));

/** Not needed for the first page. */
export function LazyCommandDialog(props: ComponentProps<typeof CommandDialog>) {
  return (
    <Suspense>
      <Dialog {...props} />
    </Suspense>
  );
}
