// Times for people: how long ago or until, with the exact moment in the title; always a <time> element that machines can
// read. Without a script the reader's zone is unknown, so the exact moment is in UTC and says so.
import { escapeHtml, type Html, markup } from './html.ts'

const exactFormat = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'UTC',
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
})
const relativeFormat = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })

const steps = [
  { unit: 'second', seconds: 1, upTo: 60 },
  { unit: 'minute', seconds: 60, upTo: 3600 },
  { unit: 'hour', seconds: 3600, upTo: 86_400 },
  { unit: 'day', seconds: 86_400, upTo: 86_400 * 45 },
  { unit: 'month', seconds: 86_400 * 30.44, upTo: 86_400 * 365 },
  { unit: 'year', seconds: 86_400 * 365.25, upTo: Number.POSITIVE_INFINITY },
] as const

/** "4 minutes ago", "in 2 hours"; within five seconds "just now". */
export function relativeTime(at: Date, now: Date): string {
  const seconds = (at.getTime() - now.getTime()) / 1000
  const size = Math.abs(seconds)
  if (size < 5) return 'just now'
  const step = steps.find(({ upTo }) => size < upTo)
  // The last step has no end.
  if (!step) return exactTime(at)
  // Never further away than it is: "in 60 minutes" would belong to the next unit.
  return relativeFormat.format(Math.trunc(seconds / step.seconds), step.unit)
}

export function exactTime(at: Date): string {
  return `${exactFormat.format(at)} UTC`
}

/** A <time> element with the distance from now; nothing for null and for what is no time. */
export function timeTag(value: unknown, now: Date): Html {
  return tag(value, (at) => relativeTime(at, now))
}

/** A <time> element with the exact moment. */
export function exactTimeTag(value: unknown): Html {
  return tag(value, exactTime)
}

function tag(value: unknown, text: (at: Date) => string): Html {
  const at = value instanceof Date ? value : new Date(typeof value === 'string' ? value : Number.NaN)
  if (Number.isNaN(at.getTime())) return markup('')
  return markup(
    `<time datetime="${at.toISOString()}" title="${escapeHtml(exactTime(at))}">${escapeHtml(text(at))}</time>`,
  )
}

/** "0.4 s", "12 s", "3 min". */
export function durationText(durationMs: number): string {
  if (durationMs < 1000) return `${Math.round(durationMs)} ms`
  if (durationMs < 10_000) return `${(durationMs / 1000).toFixed(1)} s`
  if (durationMs < 120_000) return `${Math.round(durationMs / 1000)} s`
  return `${Math.round(durationMs / 60_000)} min`
}
