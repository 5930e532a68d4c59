import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createClaimSizes } from '../../../core/queue/claim-sizes.ts'

describe('how many jobs of a connection a worker holds', () => {
  /** Jobs that end evenly, `perSecond` of them, for a time. */
  const play = (sizes: ReturnType<typeof createClaimSizes>, perSecond: number, from: number, ms: number): number => {
    for (let now = from; now < from + ms; now += 1000 / perSecond) {
      sizes.synced('a', now)
      sizes.target('a', now)
    }
    return from + ms
  }

  it('begins with few', () => {
    assert.equal(createClaimSizes({ most: 400 }).target('a', 0), 20)
    assert.equal(createClaimSizes({ most: 2 }).target('a', 0), 2)
  })

  it('grows to half a second of a fast remote, within a tenth of a second, up to the most', () => {
    const sizes = createClaimSizes({ most: 400 })
    const early = sizes.target('a', play(sizes, 400, 0, 100))
    assert.ok(early > 150 && early < 250, String(early))
    const settled = sizes.target('a', play(sizes, 400, 100, 1000))
    assert.ok(settled > 180 && settled < 220, String(settled))
    assert.equal(sizes.target('a', play(sizes, 5000, 1100, 1000)), 400)
  })

  it('stays small for a slow remote, whatever waits for it', () => {
    const sizes = createClaimSizes({ most: 400 })
    assert.equal(sizes.target('a', play(sizes, 4, 0, 5000)), 20)
  })

  it('falls when a fast remote becomes slow or is left alone', () => {
    const sizes = createClaimSizes({ most: 400 })
    let now = play(sizes, 800, 0, 2000)
    assert.ok(sizes.target('a', now) > 300)
    now = play(sizes, 4, now, 3000)
    assert.equal(sizes.target('a', now), 20)
    now = play(sizes, 800, now, 2000)
    sizes.target('a', now + 10_000)
    assert.equal(sizes.target('a', now + 20_000), 20)
  })

  it('is counted for each connection by itself', () => {
    const sizes = createClaimSizes({ most: 400 })
    const now = play(sizes, 800, 0, 1000)
    assert.deepEqual([sizes.target('a', now) > 300, sizes.target('b', now)], [true, 20])
  })
})
