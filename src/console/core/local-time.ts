/** Moments as `<input type="datetime-local">` has them: by the clock of this computer, to the minute. */

export function toLocalInput(at: string | undefined): string {
  const moment = at ? new Date(at) : undefined;
  if (!moment || Number.isNaN(moment.getTime())) return '';
  const two = (n: number) => String(n).padStart(2, '0');
  const day = `${String(moment.getFullYear()).padStart(4, '0')}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}`;
  return `${day}T${two(moment.getHours())}:${two(moment.getMinutes())}`;
}

/** Empty if the input is empty or incomplete. */
export function fromLocalInput(text: string): string {
  const moment = new Date(text);
  return text === '' || Number.isNaN(moment.getTime()) ? '' : moment.toISOString();
}

export const localZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;
