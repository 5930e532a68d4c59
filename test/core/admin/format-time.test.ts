import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { durationText, exactTime, relativeTime, timeTag } from '../../../core/admin/format-time.ts'

const now = new Date('2026-11-22T12:00:00Z')
const at = (seconds: number) => new Date(now.getTime() + seconds * 1000)

describe('relativeTime', () => {
  for (const [seconds, text] of [
    [0, 'just now'],
    [-4, 'just now'],
    [-30, '30 seconds ago'],
    [90, 'in 1 minute'],
    [-59 * 60, '59 minutes ago'],
    [3599, 'in 59 minutes'],
    [3600, 'in 1 hour'],
    [-86_400, 'yesterday'],
    [2 * 86_400, 'in 2 days'],
    [-90 * 86_400, '2 months ago'],
    [-800 * 86_400, '2 years ago'],
  ] as const) {
    it(`says "${text}" for ${seconds} seconds`, () => {
      assert.equal(relativeTime(at(seconds), now), text)
    })
  }
})

describe('timeTag', () => {
  it('is a <time> with the moment for machines, the exact time in its title and the distance as text', () => {
    assert.equal(
      timeTag(at(-120), now).toString(),
      '<time datetime="2026-11-22T11:58:00.000Z" title="22 Nov 2026, 11:58:00 UTC">2 minutes ago</time>',
    )
  })

  it('takes ISO texts and shows nothing for what is no time', () => {
    assert.match(timeTag('2026-11-22T11:58:00Z', now).toString(), /2 minutes ago/)
    for (const bad of [null, undefined, '', 'soon', {}, '<b>']) assert.equal(timeTag(bad, now).toString(), '')
  })
})

describe('exactTime and durationText', () => {
  it('names the zone', () => {
    assert.equal(exactTime(now), '22 Nov 2026, 12:00:00 UTC')
  })

  it('uses the unit that fits', () => {
    assert.deepEqual([184, 1500, 12_000, 240_000].map(durationText), ['184 ms', '1.5 s', '12 s', '4 min'])
  })
})
