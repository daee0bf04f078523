/** Saves a file. */
export function download(name: string, parts: BlobPart[], type: string): void {
  const url = URL.createObjectURL(new Blob(parts, { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

/** With a byte order mark, by which Excel recognizes UTF-8. */
export const downloadCsv = (name: string, text: string): void =>
  download(name, ['\ufeff', text], 'text/csv;charset=utf-8');
