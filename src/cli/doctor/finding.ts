/** What one check of the doctor found. */
export interface Finding {
  /** What was checked, in a word or two. */
  check: string;
  status: 'ok' | 'warning' | 'fault';
  text: string;
  /** What to do about it. */
  remedy?: string;
}

type Say = (text: string, remedy?: string) => Finding;

/** Makes findings of one check. */
export function findingsOf(check: string): Record<Finding['status'], Say> {
  const say =
    (status: Finding['status']): Say =>
    (text, remedy) => ({ check, status, text, ...(remedy !== undefined && { remedy }) });
  return { ok: say('ok'), warning: say('warning'), fault: say('fault') };
}

export const codeOf = (error: unknown): string => {
  // A host with several addresses yields one error for each.
  const [first] = error instanceof AggregateError ? error.errors : [error];
  const { code, cause } = (first ?? {}) as { code?: unknown; cause?: unknown };
  return typeof code === 'string' ? code : cause ? codeOf(cause) : '';
};

export function messageOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}

/** Why a connection to a host fails, in words. */
export function connectionFault(error: unknown, place: string): { text: string; remedy: string } {
  const reasons: Record<string, [text: string, remedy: string]> = {
    ECONNREFUSED: [
      `Nothing listens at ${place}.`,
      'Is it running, does it listen on this address, and is the port right?',
    ],
    ENOTFOUND: [`The host name of ${place} is not known.`, 'Check the name, and the DNS of this machine.'],
    EAI_AGAIN: [`The host name of ${place} cannot be looked up now.`, 'Check the DNS of this machine.'],
    ETIMEDOUT: [`${place} does not answer.`, 'Is a firewall in between?'],
    EHOSTUNREACH: [`There is no route to ${place}.`, 'Check the address and the network.'],
    ENETUNREACH: [`There is no route to ${place}.`, 'Check the address and the network.'],
  };
  const [text, remedy] = reasons[codeOf(error)] ?? [`${place} cannot be used: ${messageOf(error)}`, 'See its log.'];
  return { text, remedy };
}
