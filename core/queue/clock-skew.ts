// How far the clock of this machine is from the database's. Nothing is due by the machine's clock, but what providers and
// logs say is, so a wrong one is told.
import type { Log } from '../sdk/log.ts'

/** Beyond this it is told. */
const largestMs = 60_000

export interface ClockReading {
  /** Milliseconds since 1970, each by its own clock: when the database was asked, what it said, when that arrived. */
  askedAt: number
  databaseAt: number
  answeredAt: number
}

/** Positive when the machine is ahead. What the journey took is in doubt and left out. */
export function clockSkewMs({ askedAt, databaseAt, answeredAt }: ClockReading): number {
  if (databaseAt < askedAt) return askedAt - databaseAt
  return databaseAt > answeredAt ? answeredAt - databaseAt : 0
}

/** Says so when the clock goes wrong, and when it is right again; not each time. */
export function createClockWatch({ log, onSkew }: { log: Log; onSkew(skewMs: number): void }) {
  let isWrong = false
  return (reading: ClockReading): void => {
    const skewMs = clockSkewMs(reading)
    onSkew(skewMs)
    const isNowWrong = Math.abs(skewMs) > largestMs
    if (isNowWrong === isWrong) return
    isWrong = isNowWrong
    const skewSeconds = Math.round(skewMs / 1000)
    if (isWrong)
      log.warn({ skewSeconds }, 'The clock of this machine is wrong: set it by NTP. Due times go by the database')
    else log.info({ skewSeconds }, 'The clock of this machine is right again')
  }
}
