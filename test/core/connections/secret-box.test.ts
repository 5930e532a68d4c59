import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { createSecretBox, generateKey, parseKey } from '../../../core/connections/secret-box.ts'
import { isErrorKind } from '../../../core/errors.ts'

const place = { connectionId: '0198f5c0-0000-7000-8000-000000000001', field: 'api_key' }
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
      fc.property(texts, fc.string(), fc.string(), (plaintext, connectionId, field) => {
        const sealed = box.seal(plaintext, { connectionId, field })
        assert.equal(box.open(sealed, { connectionId, field }), plaintext)
        assert.match(sealed, /^v1\.k1\.[\w-]{16}\.[\w-]+$/)
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
      sealed.replace('v1', 'v2'),
      'hunter2',
    ]) {
      assertRefused(() => box.open(text, place), /not in the format "v1"|cannot be opened/)
    }
  })

  it('refuses a value moved to another connection or field', () => {
    const box = createSecretBox({ keys: [newKey('k1')] })
    const sealed = box.seal('hunter2', place)
    assertRefused(() => box.open(sealed, { ...place, connectionId: 'other' }), /belongs to another place/)
    assertRefused(() => box.open(sealed, { ...place, field: 'password' }), /belongs to another place/)
    const tricky = box.seal('hunter2', { connectionId: 'a","b', field: 'c' })
    assertRefused(() => box.open(tricky, { connectionId: 'a', field: 'b","c' }), /belongs to another place/)
  })

  it('seals with the first key and still opens what older keys sealed', () => {
    const [older, newer] = [newKey('2025'), newKey('2026')]
    const sealed = createSecretBox({ keys: [older] }).seal('hunter2', place)
    const rotated = createSecretBox({ keys: [newer, older] })
    assert.equal(rotated.open(sealed, place), 'hunter2')
    assert.match(rotated.seal('hunter2', place), /^v1\.2026\./)
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
    const swappedId = sealed.replace('v1.2025.', 'v1.2026.')
    assertRefused(() => other.open(swappedId, place), /cannot be opened/)
  })

  it('never uses a nonce twice in 20,000 seals', () => {
    const box = createSecretBox({ keys: [newKey('k1')] })
    const sealed = Array.from({ length: 20_000 }, () => box.seal('same', place))
    assert.equal(new Set(sealed.map((text) => text.split('.')[2])).size, 20_000)
    assert.equal(new Set(sealed.map((text) => text.split('.')[3])).size, 20_000)
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

describe('parseKey', () => {
  it('reads what generateKey made, also with a line break behind it', () => {
    const text = generateKey()
    assert.equal(parseKey(text).length, 32)
    assert.deepEqual(parseKey(`${text}\n`), Buffer.from(text, 'base64'))
    assert.notEqual(generateKey(), text)
  })

  it('refuses everything else without repeating it', () => {
    const texts = [
      '',
      'password',
      randomBytes(31).toString('base64'),
      randomBytes(33).toString('base64'),
      randomBytes(32).toString('hex'),
      `${'A'.repeat(42)}B=`,
      `${'A'.repeat(43)}`,
      `${'A'.repeat(42)}!=`,
    ]
    for (const text of texts) {
      assertRefused(() => parseKey(text), /must be 32 bytes in base64.*Generate a new one/)
      if (text !== '')
        assert.throws(
          () => parseKey(text),
          (error) => !String(error).includes(text),
        )
    }
  })
})
