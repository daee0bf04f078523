export const wallViews = ['grid', 'compact', 'table'] as const;
export type WallView = (typeof wallViews)[number];
