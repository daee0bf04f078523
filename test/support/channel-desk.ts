import type { ChannelDesk } from '../../src/http/channels.ts';

/** Nothing is sent to anybody. */
export function fakeChannels(): ChannelDesk {
  return {
    list: () => [],
    get: () => undefined,
    create: async ({ kind, name, enabled }) => ({
      id: 'ch-1',
      kind,
      name,
      enabled,
      target: 'example.org',
      secrets: [],
    }),
    edit: async () => undefined,
    remove: async () => false,
    test: async () => undefined,
  };
}
