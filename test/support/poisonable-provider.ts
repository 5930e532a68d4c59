// What a record can do to the program that sends it: its city says which. A provider's faults, in the fixture shop's one.
import type { SyncObjectArgs } from '../../core/sdk/sync-object.ts'

export type Poison = 'throws' | 'exits' | 'eats memory' | 'spins'

/** Longer than the leases of the workers that meet it. */
const spinMs = 12_000

export function swallowPoison({ properties }: SyncObjectArgs): void {
  const city = properties.find(([key]) => key === 'city')?.[1]
  if (city === 'throws') throw new TypeError('Cannot read properties of undefined')
  if (city === 'exits') process.exit(1)
  if (city === 'eats memory') eatMemory()
  if (city === 'spins') spin()
}

function eatMemory(): void {
  const eaten: number[][] = []
  for (;;) eaten.push(Array.from({ length: 100_000 }, (_, index) => index + 0.5))
}

function spin(): void {
  const until = performance.now() + spinMs
  while (performance.now() < until);
}
