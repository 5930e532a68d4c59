// What a scenario under faults hands back: figures with their bars, the same whether it runs short (its test) or long
// (soak.ts). Its random choices come from one seed, which is printed.
import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import type { TestContext } from 'node:test'

export interface Figure {
  /** What was counted or measured, in a few words. */
  figure: string
  value: string
  bar: string
  holds: boolean
}

/** A number in [0, 1) at each call; the same row of numbers for the same seed. */
export type Random = () => number

export function createRandom(seed: number): Random {
  let state = seed
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return state / 2_147_483_648
  }
}

export function equals(figure: string, value: number | string, bar: number | string): Figure {
  return { figure, value: String(value), bar: String(bar), holds: value === bar }
}

export function atMost(figure: string, value: number, bar: number, unit = ''): Figure {
  return { figure, value: withUnit(value, unit), bar: `at most ${withUnit(bar, unit)}`, holds: value <= bar }
}

export function atLeast(figure: string, value: number, bar: number, unit = ''): Figure {
  return { figure, value: withUnit(value, unit), bar: `at least ${withUnit(bar, unit)}`, holds: value >= bar }
}

function withUnit(value: number, unit: string): string {
  const text = String(Math.round(value * 100) / 100)
  return unit === '' ? text : `${text} ${unit}`
}

/** FAULT_SEED repeats an earlier run's choices. */
export function chooseSeed(): number {
  return process.env.FAULT_SEED ? Number(process.env.FAULT_SEED) : randomInt(1_000_000)
}

/** Runs a scenario as a test: prints the seed and every figure, and fails with those that miss their bar. */
export async function assertScenario(t: TestContext, run: (seed: number) => Promise<Figure[]>): Promise<void> {
  const seed = chooseSeed()
  t.diagnostic(`seed ${seed}`)
  const figures = await run(seed)
  assert.ok(figures.length > 0)
  for (const { figure, value, bar } of figures) t.diagnostic(`${figure}: ${value} (${bar})`)
  assert.deepEqual(
    figures.filter(({ holds }) => !holds),
    [],
    `seed ${seed}`,
  )
}
