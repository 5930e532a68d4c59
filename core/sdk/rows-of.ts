// The rows of what a driver answers: a list of them, or an object that holds it.
export function rowsOf(result: unknown): Record<string, unknown>[] {
  const rows: unknown = Array.isArray(result) ? result : Reflect.get(Object(result), 'rows')
  if (!Array.isArray(rows)) throw new TypeError('The data layer answered a statement without a list of rows.')
  return rows
}
