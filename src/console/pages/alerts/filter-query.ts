/** The filter in the address of the page. */
export const filterKeys = ['device', 'from', 'to', 'alert', 'severity', 'group', 'acknowledged', 'assignee'] as const;
export type FilterQuery = Readonly<Record<(typeof filterKeys)[number], string>>;

/** The parameters of the API. */
export const queryOf = ({ device, from, to, alert, severity, group, acknowledged, assignee }: FilterQuery) => ({
  about: device,
  from,
  to,
  alert,
  severity,
  group,
  acknowledged,
  assignee,
});

export const isFiltered = (filter: FilterQuery): boolean => filterKeys.some((key) => filter[key] !== '');
