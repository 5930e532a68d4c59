// Seals what must be kept secret, so that the database holds no credential in clear text: AES-256-GCM, bound to column,
// row, field and key, so that a value moved to another place does not open. Text format:
// `v2.<key id>.<nonce>.<ciphertext and tag>`, the last two in base64url. Credentials that were stored as `v1` are sealed
// with a master key and bound to connection and field; they open, and `keys rotate` moves them on.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { SecretError } from '../errors.ts'
import { nameOfPlace, type SecretPlace } from './sealed-columns.ts'

export interface SecretKey {
  /** Stands in every sealed value, so that the right key is found after a rotation. */
  id: string
  key: Buffer
}

export interface SecretOpener {
  /** Throws a SecretError for a value that was changed, moved, or sealed with a key that is not here. */
  open(sealed: string, place: SecretPlace): string
}

export interface SecretBox extends SecretOpener {
  seal(plaintext: string, place: SecretPlace): string
}

export type SealFormat = 'v1' | 'v2'

/** The key of a sealed value, or why there is none and what to do: ends the sentence "it was sealed with ...". */
export type FindKey = (keyId: string, format: SealFormat) => Buffer | string

const algorithm = 'aes-256-gcm'
export const keyBytes = 32
const nonceBytes = 12
const tagBytes = 16
const keyIdPattern = /^[A-Za-z0-9_-]{1,64}$/

export function sealWith({ id, key }: SecretKey, plaintext: string, place: SecretPlace): string {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv(algorithm, key, nonce, { authTagLength: tagBytes })
  cipher.setAAD(associatedData(place, id, 'v2'))
  const sealed = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final(), cipher.getAuthTag()])
  return ['v2', id, nonce.toString('base64url'), sealed.toString('base64url')].join('.')
}

export function openWith(findKey: FindKey, sealed: string, place: SecretPlace): string {
  const { format, keyId, nonce, ciphertext, tag } = parseSealed(sealed, place)
  const key = findKey(keyId, format)
  if (typeof key === 'string') {
    throw new SecretError(`${nameOfPlace(place)} cannot be opened: it was sealed with ${key}`)
  }
  try {
    const decipher = createDecipheriv(algorithm, key, nonce, { authTagLength: tagBytes })
    decipher.setAAD(associatedData(place, keyId, format))
    decipher.setAuthTag(tag)
    return Buffer.concat([decipher.update(ciphertext), decipher.final()]).toString('utf8')
  } catch {
    // Node says only "unable to authenticate data", whichever of the three it is.
    throw new SecretError(
      `${nameOfPlace(place)} cannot be opened: the stored value was changed, belongs to another place, or the key "${keyId}" is not the one it was sealed with. Configure the right key, restore the value from a backup, or enter it again.`,
    )
  }
}

/** The id of the key that a stored value names; null for a text that is no sealed value. */
export function keyIdOf(sealed: string): string | null {
  const [format, keyId] = sealed.split('.')
  return format === 'v1' || format === 'v2' ? (keyId ?? null) : null
}

/** Of keys that are all at hand: the first seals, the others only open what was sealed before. */
export function createSecretBox({ keys }: { keys: readonly SecretKey[] }): SecretBox {
  const [current] = keys
  if (!current) {
    throw new SecretError('There is no key to seal credentials with. Generate one and put it into the configuration.')
  }
  const keysById = new Map<string, Buffer>()
  for (const { id, key } of keys) {
    if (!keyIdPattern.test(id)) {
      throw new SecretError(`The secret key id "${id}" is not usable: at most 64 letters, digits, dashes, underscores.`)
    }
    if (key.length !== keyBytes) throw new SecretError(`The secret key "${id}" has ${key.length} bytes instead of 32.`)
    if (keysById.has(id)) throw new SecretError(`Two secret keys have the id "${id}". Give each its own.`)
    keysById.set(id, key)
  }
  const names = [...keysById.keys()].map((id) => `"${id}"`).join(', ')
  const findKey: FindKey = (keyId) =>
    keysById.get(keyId) ??
    `the key "${keyId}", and only ${names} are configured. Put that key back into the configuration, or enter the value again.`

  return Object.freeze({
    seal: (plaintext: string, place: SecretPlace) => sealWith(current, plaintext, place),
    open: (sealed: string, place: SecretPlace) => openWith(findKey, sealed, place),
  })
}

// JSON keeps the parts apart, so that no two places have the same associated data.
function associatedData({ column, row, field }: SecretPlace, keyId: string, format: SealFormat): Buffer {
  const parts = format === 'v1' ? ['v1', row[0], field, keyId] : ['v2', column, row, field ?? null, keyId]
  return Buffer.from(JSON.stringify(parts), 'utf8')
}

function parseSealed(
  sealed: string,
  place: SecretPlace,
): { format: SealFormat; keyId: string; nonce: Buffer; ciphertext: Buffer; tag: Buffer } {
  const [format, keyId, nonceText, bodyText, ...rest] = sealed.split('.')
  const nonce = fromBase64url(nonceText)
  const body = fromBase64url(bodyText)
  // Nothing but credentials was ever sealed in the first format.
  const isKnown = format === 'v2' || (format === 'v1' && place.column === 'connection.credentials')
  const isComplete = nonce?.length === nonceBytes && body && body.length >= tagBytes
  if (!isKnown || !isComplete || !keyId || !keyIdPattern.test(keyId) || rest.length > 0) {
    throw new SecretError(
      `${nameOfPlace(place)} cannot be opened: the stored value is not in the format "v2". Restore it from a backup, enter it again, or use the version of outbound-sync that wrote it.`,
    )
  }
  const end = body.length - tagBytes
  return { format, keyId, nonce, ciphertext: body.subarray(0, end), tag: body.subarray(end) }
}

// Node skips what is no base64url and ignores surplus bits; here each value has one spelling, or it was tampered with.
function fromBase64url(text: string | undefined): Buffer | null {
  if (text === undefined) return null
  const bytes = Buffer.from(text, 'base64url')
  return bytes.toString('base64url') === text ? bytes : null
}
