export * from './admin.ts';
export * from './player.ts';
