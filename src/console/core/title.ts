/** The title of the page, with the number of open alerts before it. */

let page = 'vigia';
let alerts = 0;

function show(): void {
  document.title = alerts > 0 ? `(${alerts}) ${page}` : page;
}

export function setPageTitle(title: string): void {
  page = title;
  show();
}

export function setOpenAlerts(count: number): void {
  alerts = count;
  show();
}
