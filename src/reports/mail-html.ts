import type { Letter } from './mail.ts';

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const text = (it: string) => it.replace(/[&<>"]/g, (sign) => ENTITIES[sign] as string);

/** Mail programs read styles only in the elements. */
const CELL = 'padding:4px 12px 4px 0;text-align:left;vertical-align:top';

const row = (tag: 'th' | 'td', cells: readonly string[]) =>
  `<tr>${cells.map((it) => `<${tag} style="${CELL}">${text(it)}</${tag}>`).join('')}</tr>`;

const table = (head: readonly string[], rows: readonly (readonly string[])[]) =>
  `<table style="border-collapse:collapse">${row('th', head)}${rows.map((it) => row('td', it)).join('')}</table>`;

/** @param logo the content id of the image */
export function htmlOf({ language, company, title, span, figures, tables, notes }: Letter, logo?: string): string {
  return [
    `<!doctype html><html lang="${text(language)}"><head><meta charset="utf-8"><title>${text(title)}</title></head>`,
    '<body style="font-family:sans-serif">',
    logo === undefined ? '' : `<img src="cid:${logo}" alt="${text(company ?? '')}" style="max-height:64px">`,
    company === undefined ? '' : `<p>${text(company)}</p>`,
    `<h1 style="font-size:22px">${text(title)}</h1><p>${text(span)}</p>`,
    `<table style="border-collapse:collapse">${figures.map((it) => row('td', it)).join('')}</table>`,
    ...tables.map((it) => `<h2 style="font-size:17px">${text(it.title)}</h2>${table(it.head, it.rows)}`),
    ...notes.map((it) => `<p>${text(it)}</p>`),
    '</body></html>',
  ]
    .filter(Boolean)
    .join('\n');
}
