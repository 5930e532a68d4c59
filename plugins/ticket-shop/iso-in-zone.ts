// Instants as people at the event would tell them: ISO 8601 with the offset of the event's zone at that moment.
import { z } from '../../core/sdk/index.ts'

const formats = new Map<string, Intl.DateTimeFormat>()

/** `2026-03-01T09:00:00Z` in Europe/Berlin is `2026-03-01T10:00:00+01:00`. */
export function isoInZone(instant: string | Date, timezone: string): string {
  const date = new Date(instant)
  const offset = offsetAt(date, timezone)
  const [, sign, hours = '00', minutes = '00'] = /^GMT([+-])(\d\d):(\d\d)/.exec(offset) ?? [offset, '+']
  const offsetMs = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000
  const local = new Date(date.getTime() + offsetMs).toISOString().slice(0, 19)
  return `${local}${sign}${hours}:${minutes}`
}

export const timezoneSchema = z.string().refine(isTimezone, 'must be an IANA time zone such as Europe/Berlin')

function isTimezone(name: string): boolean {
  try {
    formatIn(name)
    return true
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}

/** `GMT+01:00`, or plain `GMT`. */
function offsetAt(date: Date, timezone: string): string {
  const parts = formatIn(timezone).formatToParts(date)
  return parts.find((part) => part.type === 'timeZoneName')?.value ?? 'GMT'
}

// Making a format costs a thousand times what using it does.
function formatIn(timezone: string): Intl.DateTimeFormat {
  const known = formats.get(timezone)
  if (known) return known
  const format = new Intl.DateTimeFormat('en', { timeZone: timezone, timeZoneName: 'longOffset' })
  formats.set(timezone, format)
  return format
}
