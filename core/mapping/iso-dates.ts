// ISO 8601 dates and times as source fields give them. They are kept as written, in the zone they name: nothing here
// reads a clock or the zone of the machine. PURE.

const isoPattern =
  /^(\d{4})-(\d{2})-(\d{2})(?:[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(?:([Zz])|([+-])(\d{2})(?::?(\d{2}))?)?)?$/

interface IsoDate {
  /** `2026-03-01` */
  date: string
  /** `09:30:00` or `09:30:00.25`; null for a date without a time. */
  time: string | null
  /** `Z`, `+02:00`, or empty where no zone is named. */
  offset: string
}

const daysInMonth = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/** Null for anything that is no existing day, or no time of it. */
export function parseIsoDate(text: string): IsoDate | null {
  const match = isoPattern.exec(text.trim())
  if (match === null) return null
  const [, year = '', month = '', day = '', hour, minute = '', second = '00', fraction, zulu, sign, hours, minutes] =
    match
  const isLeapYear = Number(year) % 4 === 0 && (Number(year) % 100 !== 0 || Number(year) % 400 === 0)
  const lastDay = month === '02' && isLeapYear ? 29 : (daysInMonth[Number(month) - 1] ?? 0)
  if (Number(day) < 1 || Number(day) > lastDay) return null
  const date = `${year}-${month}-${day}`
  if (hour === undefined) return { date, time: null, offset: '' }
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return null
  if (Number(hours ?? 0) > 23 || Number(minutes ?? 0) > 59) return null
  const time = `${hour}:${minute}:${second}${fraction === undefined ? '' : `.${fraction}`}`
  return {
    date,
    time,
    offset: zulu !== undefined ? 'Z' : sign === undefined ? '' : `${sign}${hours}:${minutes ?? '00'}`,
  }
}

/** A date without a time begins at midnight UTC; a time without a zone gets none. */
export function isoDatetimeText({ date, time, offset }: IsoDate): string {
  return time === null ? `${date}T00:00:00Z` : `${date}T${time}${offset}`
}

/** Milliseconds since 1970; a date or time that names no zone is taken as UTC. */
export function epochMs({ date, time, offset }: IsoDate): number {
  const [year = 0, month = 1, day = 1] = date.split('-').map(Number)
  const [hour = '0', minute = '0', second = '0', fraction = ''] = (time ?? '00:00:00').split(/[:.]/)
  const [offsetHours = 0, offsetMinutes = 0] = offset.length > 1 ? offset.slice(1).split(':').map(Number) : []
  const offsetMs = (offset.startsWith('-') ? -1 : 1) * (offsetHours * 60 + offsetMinutes) * 60_000
  // Date.UTC takes the years 0-99 for 1900-1999, so the sum is made 400 years (always 146,097 days) later.
  const dayMs = Date.UTC(year + 400, month - 1, day) - 146_097 * 86_400_000
  const secondOfDay = (Number(hour) * 60 + Number(minute)) * 60 + Number(second)
  return dayMs + secondOfDay * 1000 + Number(fraction.padEnd(3, '0').slice(0, 3)) - offsetMs
}

/**
 * Negative, 0 or positive; null unless both are ISO dates. Where one of them has no time the calendar days are compared,
 * where one names no zone the clocks on the wall, else the instants.
 */
export function compareIsoDates(left: string, right: string): number | null {
  const a = parseIsoDate(left)
  const b = parseIsoDate(right)
  if (a === null || b === null) return null
  if (a.time === null || b.time === null) return a.date < b.date ? -1 : a.date > b.date ? 1 : 0
  if (a.offset === '' || b.offset === '') return epochMs({ ...a, offset: '' }) - epochMs({ ...b, offset: '' })
  return epochMs(a) - epochMs(b)
}
