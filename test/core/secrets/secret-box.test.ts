import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { isErrorKind } from '../../../core/errors.ts'
import { placeOfCredential, type SecretPlace } from '../../../core/secrets/sealed-columns.ts'
import { createSecretBox } from '../../../core/secrets/secret-box.ts'

const connectionId = '0198f5c0-0000-7000-8000-000000000001'
const place = placeOfCredential(connectionId, 'api_key')
const newKey = (id: string) => ({ id, key: randomBytes(32) })

function assertRefused(open: () => unknown, message: RegExp): void {
  assert.throws(open, (error) => {
    assert.ok(isErrorKind(error, 'SecretError') && error instanceof Error)
    assert.match(error.message, message)
    return true
  })
}

describe('the secret box', () => {
  it('opens what it sealed, whatever the text and the place', () => {
    const box = createSecretBox({ keys: [newKey('k1')] })
    const texts = fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed())
    fc.assert(
      fc.property(texts, fc.string(), fc.string(), (plaintext, id, field) => {
        const sealed = box.seal(plaintext, placeOfCredential(id, field))
        assert.equal(box.open(sealed, placeOfCredential(id, field)), plaintext)
        assert.match(sealed, /^v2\.k1\.[\w-]{16}\.[\w-]+$/)
      }),
      { numRuns: 500 },
    )
  })

  it('holds nothing of the plaintext in the sealed text', () => {
    const sealed = createSecretBox({ keys: [newKey('k1')] }).seal('canary-canary-canary', place)
    assert.ok(!sealed.includes('canary') && !Buffer.from(sealed, 'base64url').includes('canary'))
  })

  it('refuses every changed character, and says what to do', () => {
    const box = createSecretBox({ keys: [newKey('k1'), newKey('k2')] })
    const sealed = box.seal('hunter2', place)
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.= \n'
    for (let index = 0; index < sealed.length; index += 1) {
      for (const character of alphabet) {
        if (sealed[index] === character) continue
        const changed = sealed.slice(0, index) + character + sealed.slice(index + 1)
        assertRefused(
          () => box.open(changed, place),
          /^The secret "api_key" of connection .* cannot be opened: .*(enter it again|enter the value again)/,
        )
      }
    }
  })

  it('refuses every flipped bit of nonce, ciphertext and tag', () => {
    const box = createSecretBox({ keys: [newKey('k1')] })
    const [version, id, nonce = '', body = ''] = box.seal('hunter2', place).split('.')
    const bytes = Buffer.concat([Buffer.from(nonce, 'base64url'), Buffer.from(body, 'base64url')])
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const changed = Buffer.from(bytes)
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      const text = [
        version,
        id,
        changed.subarray(0, 12).toString('base64url'),
        changed.subarray(12).toString('base64url'),
      ]
      assertRefused(() => box.open(text.join('.'), place), /cannot be opened/)
    }
  })

  it('refuses a cut, extended or foreign text', () => {
    const box = createSecretBox({ keys: [newKey('k1')] })
    const sealed = box.seal('hunter2', place)
    for (let length = 0; length < sealed.length; length += 1) {
      assertRefused(() => box.open(sealed.slice(0, length), place), /cannot be opened/)
    }
    for (const text of [
      `${sealed}A`,
      `${sealed}.`,
      `${sealed}.A`,
      ` ${sealed}`,
      sealed.replace('v2', 'v1'),
      sealed.replace('v2', 'v3'),
      'hunter2',
    ]) {
      assertRefused(() => box.open(text, place), /not in the format "v2"|cannot be opened/)
    }
  })

  it('refuses a value moved to another column, row or field', () => {
    const box = createSecretBox({ keys: [newKey('k1')] })
    const variable: SecretPlace = { column: 'environment_variable.sealed_value', row: ['crm', '1.0.0', 'live', 'KEY'] }
    const places: SecretPlace[] = [
      place,
      placeOfCredential('other', 'api_key'),
      placeOfCredential(connectionId, 'password'),
      placeOfCredential('a","b', 'c'),
      placeOfCredential('a', 'b","c'),
      variable,
      { ...variable, row: ['crm', '1.0.0', 'test', 'KEY'] },
      { ...variable, row: ['crm', '1.0.0', 'live', 'OTHER'] },
      { ...variable, row: ['crm', '1.0.0","live', 'KEY'] },
      { ...variable, row: [connectionId], field: 'api_key' },
      { column: 'data_key.wrapped_key', row: [connectionId] },
    ]
    for (const [from, place] of places.entries()) {
      const sealed = box.seal('hunter2', place)
      for (const [to, other] of places.entries()) {
        if (from === to) assert.equal(box.open(sealed, other), 'hunter2')
        else assertRefused(() => box.open(sealed, other), /belongs to another place/)
      }
    }
  })

  it('seals with the first key and still opens what older keys sealed', () => {
    const [older, newer] = [newKey('2025'), newKey('2026')]
    const sealed = createSecretBox({ keys: [older] }).seal('hunter2', place)
    const rotated = createSecretBox({ keys: [newer, older] })
    assert.equal(rotated.open(sealed, place), 'hunter2')
    assert.match(rotated.seal('hunter2', place), /^v2\.2026\./)
  })

  it('names the key that is missing, and notices a wrong one of the same name', () => {
    const sealed = createSecretBox({ keys: [newKey('2025')] }).seal('hunter2', place)
    const other = createSecretBox({ keys: [newKey('2026')] })
    assertRefused(
      () => other.open(sealed, place),
      /sealed with the key "2025", and only "2026" are configured\. Put that key back/,
    )
    const sameName = createSecretBox({ keys: [newKey('2025')] })
    assertRefused(() => sameName.open(sealed, place), /the key "2025" is not the one it was sealed with/)
    const swappedId = sealed.replace('v2.2025.', 'v2.2026.')
    assertRefused(() => other.open(swappedId, place), /cannot be opened/)
  })

  it('never uses a nonce twice in 100,000 seals', () => {
    const box = createSecretBox({ keys: [newKey('k1')] })
    const sealed = Array.from({ length: 100_000 }, () => box.seal('same', place))
    assert.equal(new Set(sealed.map((text) => text.split('.')[2])).size, 100_000)
    assert.equal(new Set(sealed.map((text) => text.split('.')[3])).size, 100_000)
  })

  it('is not made without a usable key', () => {
    assertRefused(() => createSecretBox({ keys: [] }), /no key to seal credentials with\. Generate one/)
    assertRefused(
      () => createSecretBox({ keys: [{ id: 'k1', key: randomBytes(16) }] }),
      /"k1" has 16 bytes instead of 32/,
    )
    assertRefused(() => createSecretBox({ keys: [newKey('k1'), newKey('k1')] }), /Two secret keys have the id "k1"/)
    for (const id of ['', 'a.b', 'a b', 'x'.repeat(65)]) {
      assertRefused(() => createSecretBox({ keys: [newKey(id)] }), /is not usable/)
    }
  })
})
