// Instants as people at the event would tell them: ISO 8601 with the offset of the event's zone at that moment.

const formats = new Map<string, Intl.DateTimeFormat>()

/** `2026-03-01T09:00:00Z` in Europe/Berlin is `2026-03-01T10:00:00+01:00`; what is no instant stays as it is. */
export function isoInZone(instant: string, timezone: string): string {
  const date = new Date(instant)
  if (Number.isNaN(date.getTime())) return instant
  const parts = new Map(
    formatIn(timezone)
      .formatToParts(date)
      .map(({ type, value }) => [type, value]),
  )
  const read = (type: Intl.DateTimeFormatPartTypes): string => parts.get(type) ?? ''
  const offset = read('timeZoneName').slice('GMT'.length) || '+00:00'
  const day = `${read('year').padStart(4, '0')}-${read('month')}-${read('day')}`
  return `${day}T${read('hour')}:${read('minute')}:${read('second')}${offset}`
}

// Making a format costs a thousand times what using it does.
function formatIn(timezone: string): Intl.DateTimeFormat {
  const known = formats.get(timezone)
  if (known) return known
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    calendar: 'gregory',
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    timeZoneName: 'longOffset',
  })
  formats.set(timezone, format)
  return format
}
