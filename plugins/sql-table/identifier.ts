// Names in SQL. Every name is quoted, whatever it holds; every value is a bound parameter.

export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
