import type { ChangeEvent, FocusEvent, KeyboardEvent, MouseEvent } from 'react';
import { useSession } from '../../core/session.tsx';
import { type Arrow, arrows, type Line, neighbour } from './lines.ts';

/** The device of an element in the list. Dialogs that the list opened are not in it. */
export const deviceAt = (target: EventTarget | null): string | undefined =>
  target instanceof Element ? target.closest<HTMLElement>('[data-device]')?.dataset.device : undefined;

/** The list's handlers for choosing devices by mouse and keyboard. */
export function useChoosing(lines: readonly Line[], order: readonly string[], setCursor: (id: string) => void) {
  const { selection } = useSession();

  function choose(id: string, isRange: boolean): void {
    if (isRange) selection.extend(id, order);
    else selection.toggle(id);
    setCursor(id);
  }

  return {
    /** True if the click chose a device, and does not open it. */
    clicked(event: MouseEvent): boolean {
      const id = event.target instanceof Element && event.target.closest('a') ? deviceAt(event.target) : undefined;
      if (id === undefined) return false;
      const isToggle = event.ctrlKey || event.metaKey;
      // While devices are chosen, a click chooses. The Enter key (detail 0) still opens.
      const isChoosing = selection.get().size > 0 && event.detail > 0;
      if (!event.shiftKey && !isToggle && !isChoosing) return false;
      event.preventDefault();
      event.stopPropagation();
      choose(id, event.shiftKey);
      return true;
    },
    props: {
      onChange({ target, nativeEvent }: ChangeEvent<HTMLElement>) {
        const id = deviceAt(target);
        if (id !== undefined) choose(id, (nativeEvent as globalThis.MouseEvent).shiftKey);
      },
      onMouseDown(event: MouseEvent) {
        // Shift would select the text.
        if (event.shiftKey && deviceAt(event.target) !== undefined) event.preventDefault();
      },
      onFocus({ target }: FocusEvent) {
        const id = deviceAt(target);
        if (id !== undefined) setCursor(id);
      },
      onKeyDown(event: KeyboardEvent) {
        if (event.altKey || !event.currentTarget.contains(event.target as Node)) return;
        const id = deviceAt(event.target);
        if (event.key === 'a' && (event.ctrlKey || event.metaKey)) selection.set(order);
        else if (id === undefined || event.ctrlKey || event.metaKey) return;
        else if (event.key === ' ' && event.target instanceof HTMLAnchorElement) choose(id, event.shiftKey);
        else if (arrows.includes(event.key as Arrow)) {
          const next = neighbour(lines, id, event.key as Arrow);
          if (next !== undefined && event.shiftKey) selection.extend(next, order, id);
          if (next !== undefined) setCursor(next);
        } else return;
        event.preventDefault();
      },
    },
  };
}
