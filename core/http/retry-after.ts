// Reads a Retry-After header (RFC 9110 section 10.2.3). PURE. Read by status-errors; the date ends up as the pause of the
// whole account, so it is never taken at face value.

const longestWaitMs = 24 * 60 * 60 * 1000

const months = 'Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec'
// The three spellings of an HTTP-date. Checked first because Date.parse makes a date of nearly everything.
const httpDates = [
  new RegExp(`^[A-Z][a-z]{2}, \\d{2} (${months}) \\d{4} \\d{2}:\\d{2}:\\d{2} GMT$`),
  new RegExp(`^[A-Z][a-z]{5,8}, \\d{2}-(${months})-\\d{2} \\d{2}:\\d{2}:\\d{2} GMT$`),
  new RegExp(`^[A-Z][a-z]{2} (${months}) [ \\d]\\d \\d{2}:\\d{2}:\\d{2} \\d{4}$`),
]

/**
 * @param date the remote's own Date header: a date it names is a wait by its clock, however wrong that or ours may be
 * @returns the time before which the remote does not want to be called, at most 24 hours ahead. Null when the header is missing,
 * unreadable, or asks for no wait at all: a pause uses no attempt, so "come back at once" would become an endless loop.
 */
export function parseRetryAfter(
  value: string | undefined,
  { now, date }: { now: Date; date?: string | undefined },
): Date | null {
  const text = value?.trim() ?? ''
  const waitMs = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : dateOf(text) - remoteNow(date, now)
  if (!(waitMs > 0)) return null
  return new Date(now.getTime() + Math.ceil(Math.min(waitMs, longestWaitMs)))
}

function remoteNow(date: string | undefined, now: Date): number {
  const told = dateOf(date?.trim() ?? '')
  return Number.isNaN(told) ? now.getTime() : told
}

function dateOf(text: string): number {
  if (!httpDates.some((pattern) => pattern.test(text))) return Number.NaN
  // An HTTP-date is always in GMT, but its oldest spelling does not say so and would be read as local time.
  return Date.parse(text.endsWith('GMT') ? text : `${text} GMT`)
}
