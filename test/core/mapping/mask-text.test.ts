// What a person wrote is made unreadable and keeps its shape; what the mapping itself names stays.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { createMask } from '../../../core/mapping/mask-text.ts'
import { orderMapping, property } from './order-fixture.ts'

const plain = createMask({ document: [], objectTypes: [] })

describe('a masked text', () => {
  it('keeps its shape', () => {
    const cases: [string, string][] = [
      ['Ada King-Lovelace', 'Xxx Xxxx-Xxxxxxxx'],
      ['Zoë Ærøskøbing 王', 'Xxx Xxxxxxxxxx x'],
      ['12 Main St., 01234', '00 Xxxx Xx., 00000'],
      ['+49 (171) 555-12', '+00 (000) 000-00'],
      ['٣٤', '00'],
      ['', ''],
      [' \n\t', ' \n\t'],
    ]
    for (const [text, masked] of cases) assert.equal(plain(text), masked)
  })

  it('stays an e-mail address or a web address where it was one', () => {
    assert.equal(plain('ada.lovelace+1@acme.example'), 'xxx.xxxxxxxx+0@example.org')
    assert.equal(plain('https://acme.example/people/ada?id=17#top'), 'https://example.org/xxxxxx/xxx?xx=00#xxx')
    assert.equal(plain('write to ada@acme.example'), 'xxxxx xx xxx@xxxx.xxxxxxx')
  })

  it('stays what it was where it is a date, or says yes or no', () => {
    for (const text of ['2026-03-01', '2026-03-01T09:30:00+01:00', 'true', 'No']) assert.equal(plain(text), text)
  })

  it('holds no letter and no digit of what was written, whatever that was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        const masked = plain(text)
        fc.pre(masked !== text)
        assert.equal(plain(text), masked)
        assert.deepEqual(
          [...masked.replace(/@example\.org$|^https?:\/\/example\.org/, '').matchAll(/[\p{L}\p{M}\p{N}]/gu)].filter(
            ([one]) => !/[xX0]/.test(one),
          ),
          [],
        )
      }),
    )
  })

  it('keeps the whole texts and the parts that the mapping names, and no more', () => {
    const mask = createMask({
      document: [
        orderMapping({
          when: {
            any: [
              { field: 'name', operator: 'equals', value: 'VIP guest' },
              { not: { field: 'name', oneOf: ['Staff', 'Crew'] } },
              { all: [{ field: 'email', operator: 'ends_with', value: '@acme.example' }] },
              { field: 'name', operator: 'contains', value: 'a' },
              { field: 'name', operator: 'starts_with', value: 'Dr. (h.c.)' },
            ],
          },
          propertyMappings: [property({ transforms: [{ name: 'replace', search: 'GmbH', replacement: 'Ltd' }] })],
        }),
      ],
      objectTypes: [
        {
          name: 'deal',
          label: 'Deal',
          idFields: ['code'],
          fields: [{ key: 'size', label: 'Size', type: 'choice', options: [{ key: 'large', label: 'Large' }] }],
        },
      ],
    })
    const cases: [string, string][] = [
      ['VIP guest', 'VIP guest'],
      ['VIP guests', 'XXX xxxxxx'],
      ['Crew', 'Crew'],
      ['ada@acme.example', 'xxx@acme.example'],
      ['ada@other.example', 'xxx@example.org'],
      ['Dr. (h.c.) Ada', 'Dr. (h.c.) Xxx'],
      ['Ada GmbH & Bob GmbH', 'Xxx GmbH & Xxx GmbH'],
      ['large', 'large'],
      ['larger', 'xxxxxx'],
    ]
    for (const [text, masked] of cases) assert.equal(mask(text), masked)
  })
})
