/** SQL of an instant as ISO 8601 text in UTC, whatever zone the session is in. */
export function utcText(column: string): string {
  return `replace((${column} at time zone 'UTC')::text, ' ', 'T') || 'Z'`
}
