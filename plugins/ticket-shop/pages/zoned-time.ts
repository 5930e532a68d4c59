// What stands in a form's date and time fields: local to the event, where the shop keeps instants.
import { isoInZone } from '../iso-in-zone.ts'

/**
 * The instant of a local time such as `2026-09-17T09:00`; null when it is none. A time that the change to summer time
 * skips is taken as much later.
 */
export function instantInZone(local: string, timezone: string): Date | null {
  const match = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})(:\d{2})?$/.exec(local)
  if (!match) return null
  const [, day = '', time = '', seconds = ':00'] = match
  const asUtc = Date.parse(`${day}T${time}${seconds}Z`)
  // Some engines read the 31st of February as a day in March.
  if (Number.isNaN(asUtc) || !new Date(asUtc).toISOString().startsWith(`${day}T${time}${seconds}`)) return null
  const near = asUtc - offsetMs(asUtc, timezone)
  return new Date(asUtc - offsetMs(near, timezone))
}

/** As a `datetime-local` field holds it. */
export function localTimeIn(instant: Date | string, timezone: string): string {
  return isoInZone(instant, timezone).slice(0, 16)
}

/** As a `date` field holds it. */
export function localDayIn(instant: Date | string, timezone: string): string {
  return isoInZone(instant, timezone).slice(0, 10)
}

function offsetMs(at: number, timezone: string): number {
  const whole = Math.floor(at / 1000) * 1000
  return Date.parse(`${isoInZone(new Date(whole), timezone).slice(0, 19)}Z`) - whole
}
