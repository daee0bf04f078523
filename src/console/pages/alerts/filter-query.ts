/** The filter in the address of the page. */
export const filterKeys = ['device', 'from', 'to', 'alert', 'severity', 'group', 'acknowledged'] as const;
export type FilterQuery = Readonly<Record<(typeof filterKeys)[number], string>>;

/** The parameters of the API. */
export const queryOf = ({ device, from, to, alert, severity, group, acknowledged }: FilterQuery) => ({
  about: device,
  from,
  to,
  alert,
  severity,
  group,
  acknowledged,
});

export const isFiltered = (filter: FilterQuery): boolean => filterKeys.some((key) => filter[key] !== '');
