// What the bench prints: a row a figure, with the bar it is held to. Ratios count, not the orders per second of a machine.
export interface Row {
  name: string
  /** As it is printed, with its unit. */
  value: string
  /** What it is held to; empty for a figure that is only reported. */
  bar: string
  /** Null for a figure without a bar. */
  holds: boolean | null
  /** What it was taken from. */
  detail: string
}

interface Figure {
  name: string
  value: number
  unit?: 'ms' | 'MiB'
  atLeast?: number
  atMost?: number
  detail: string
}

export function row({ name, value, unit, atLeast, atMost, detail }: Figure): Row {
  const shown = (number: number): string =>
    unit ? `${number.toFixed(number < 10 ? 1 : 0)} ${unit}` : Number.isInteger(number) ? `${number}` : number.toFixed(2)
  const bars = [
    ...(atLeast === undefined ? [] : [`at least ${shown(atLeast)}`]),
    ...(atMost === undefined ? [] : [`at most ${shown(atMost)}`]),
  ]
  return {
    name,
    value: shown(value),
    bar: bars.join(', '),
    // A figure that could not be taken (NaN) misses its bar.
    holds: bars.length === 0 ? null : value >= (atLeast ?? -Infinity) && value <= (atMost ?? Infinity),
    detail,
  }
}

export const skippedRow = (name: string, reason: string): Row => ({
  name,
  value: 'skipped',
  bar: '',
  holds: null,
  detail: reason,
})

export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

export const median = (values: readonly number[]): number => percentile(values, 0.5)

/** The median of the ratios of each round: the machine's speed drifts between rounds. */
export function medianRatio(over: readonly number[], under: readonly number[]): number {
  return median(over.map((value, index) => value / (under[index] ?? Number.NaN)))
}

export const perSecond = (values: readonly number[]): string =>
  `${median(values).toFixed(0)}/s (${values.map((value) => value.toFixed(0)).join(' ')})`

export function table(rows: readonly Row[]): string {
  const width = (of: (one: Row) => string): number => Math.max(...rows.map((one) => of(one).length))
  const nameWidth = width((one) => one.name)
  const valueWidth = width((one) => one.value)
  const barWidth = width((one) => one.bar)
  const verdict = (one: Row): string => (one.holds === null ? '' : one.holds ? 'holds' : 'MISSES')
  return rows
    .map((one) =>
      [
        one.name.padEnd(nameWidth),
        one.value.padStart(valueWidth),
        one.bar.padEnd(barWidth),
        verdict(one).padEnd(6),
        one.detail,
      ].join('  '),
    )
    .join('\n')
}
