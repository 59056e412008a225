/** Prints a table: the first column to the left, figures to the right. */
export function table(title: string, heads: readonly string[], rows: readonly (readonly (string | number)[])[]): void {
  const widths = heads.map((head, column) => Math.max(head.length, ...rows.map((row) => String(row[column]).length)))
  const line = (cells: readonly (string | number)[]): string =>
    cells
      .map((cell, column) =>
        column === 0 ? String(cell).padEnd(widths[0] ?? 0) : String(cell).padStart(widths[column] ?? 0),
      )
      .join('   ')
  console.log([title, line(heads), ...rows.map(line), ''].join('\n'))
}
