// Rows as a table that fits the terminal. Elsewhere, as in a file or a pipe, nothing is cut.
import { paint } from "./paint.ts";
import { cutToWidth, textWidth } from "./text-width.ts";

const gap = "  ";
/** What a column keeps of its width, however little room there is. */
const leastWidth = 8;

/**
 * @param rows what came from outside in them is `printable` already; cells may be painted
 * @param width columns of the terminal @default standard output's; any width where that is no terminal
 */
export function textTable(
  columns: readonly string[],
  rows: readonly (readonly string[])[],
  width: number = process.stdout.isTTY ? process.stdout.columns : Infinity,
): string {
  const natural = columns.map((heading, column) =>
    rows.reduce((width, row) => Math.max(width, textWidth(row[column] ?? "")), textWidth(heading)),
  );
  const widths = fitted(natural, width - gap.length * (columns.length - 1));
  const line = (cells: readonly string[]) =>
    widths
      .map((room, column) => {
        const cell = cutToWidth(cells[column] ?? "", room);
        return cell + " ".repeat(room - textWidth(cell));
      })
      .join(gap)
      .trimEnd();
  return [paint.strong(line(columns)), ...rows.map(line)].join("\n");
}

/** The widest columns give way first, each as far as the next. */
function fitted(natural: readonly number[], room: number): number[] {
  const least = natural.map((width) => Math.min(width, leastWidth));
  let limit = Math.max(...natural);
  const at = () => natural.map((width, column) => Math.max(Math.min(width, limit), least[column] ?? 0));
  const sum = (widths: readonly number[]) => widths.reduce((total, width) => total + width, 0);
  while (limit > leastWidth && sum(at()) > room) limit -= 1;
  return at();
}
