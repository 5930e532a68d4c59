// Seals what a connection must keep secret, so that the database holds no credential in clear text: AES-256-GCM, bound
// to connection, field and key, so that a value moved to another row or column does not open. Text format:
// `v1.<key id>.<nonce>.<ciphertext and tag>`, the last two in base64url.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { SecretError } from '../errors.ts'

export interface SecretKey {
  /** Stands in every sealed value, so that the right key is found after a rotation. */
  id: string
  key: Buffer
}

/** Where a sealed value belongs. */
export interface SecretPlace {
  connectionId: string
  field: string
}

export interface SecretBox {
  seal(plaintext: string, place: SecretPlace): string
  /** Throws a SecretError for a value that was changed, moved, or sealed with a key that is not here. */
  open(sealed: string, place: SecretPlace): string
}

const version = 'v1'
const algorithm = 'aes-256-gcm'
const keyBytes = 32
const nonceBytes = 12
const tagBytes = 16
const keyIdPattern = /^[A-Za-z0-9_-]{1,64}$/

/** The first key seals; the others only open what was sealed before a rotation. */
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

  return Object.freeze({
    seal(plaintext: string, place: SecretPlace) {
      const nonce = randomBytes(nonceBytes)
      const cipher = createCipheriv(algorithm, current.key, nonce, { authTagLength: tagBytes })
      cipher.setAAD(associatedData(place, current.id))
      const sealed = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final(), cipher.getAuthTag()])
      return [version, current.id, nonce.toString('base64url'), sealed.toString('base64url')].join('.')
    },

    open(sealed: string, place: SecretPlace) {
      const { keyId, nonce, ciphertext, tag } = parseSealed(sealed, place)
      const key = keysById.get(keyId)
      if (!key) {
        throw new SecretError(
          `${nameOf(place)} cannot be opened: it was sealed with the key "${keyId}", and only ${[...keysById.keys()].map((id) => `"${id}"`).join(', ')} are configured. Put that key back into the configuration, or enter the value again.`,
        )
      }
      try {
        const decipher = createDecipheriv(algorithm, key, nonce, { authTagLength: tagBytes })
        decipher.setAAD(associatedData(place, keyId))
        decipher.setAuthTag(tag)
        return Buffer.concat([decipher.update(ciphertext), decipher.final()]).toString('utf8')
      } catch {
        // Node says only "unable to authenticate data", whichever of the three it is.
        throw new SecretError(
          `${nameOf(place)} cannot be opened: the stored value was changed, belongs to another place, or the key "${keyId}" is not the one it was sealed with. Configure the right key, restore the value from a backup, or enter it again.`,
        )
      }
    },
  })
}

/** A new key as `parseKey` reads it. */
export function generateKey(): string {
  return randomBytes(keyBytes).toString('base64')
}

/** Reads a key of the configuration: 32 bytes in base64. The text itself never appears in the error. */
export function parseKey(text: string): Buffer {
  const trimmed = text.trim()
  const key = Buffer.from(trimmed, 'base64')
  if (key.length !== keyBytes || key.toString('base64') !== trimmed) {
    throw new SecretError('A secret key must be 32 bytes in base64 (44 characters ending in "="). Generate a new one.')
  }
  return key
}

// JSON keeps the parts apart, so that no two places have the same associated data.
function associatedData({ connectionId, field }: SecretPlace, keyId: string): Buffer {
  return Buffer.from(JSON.stringify([version, connectionId, field, keyId]), 'utf8')
}

const nameOf = ({ connectionId, field }: SecretPlace): string => `The secret "${field}" of connection ${connectionId}`

function parseSealed(
  sealed: string,
  place: SecretPlace,
): { keyId: string; nonce: Buffer; ciphertext: Buffer; tag: Buffer } {
  const [format, keyId, nonceText, bodyText, ...rest] = sealed.split('.')
  const nonce = fromBase64url(nonceText)
  const body = fromBase64url(bodyText)
  const isComplete = format === version && nonce?.length === nonceBytes && body && body.length >= tagBytes
  if (!isComplete || !keyId || !keyIdPattern.test(keyId) || rest.length > 0) {
    throw new SecretError(
      `${nameOf(place)} cannot be opened: the stored value is not in the format "${version}". Restore it from a backup, enter it again, or use the version of outbound-sync that wrote it.`,
    )
  }
  const end = body.length - tagBytes
  return { keyId, nonce, ciphertext: body.subarray(0, end), tag: body.subarray(end) }
}

// Node skips what is no base64url and ignores surplus bits; here each value has one spelling, or it was tampered with.
function fromBase64url(text: string | undefined): Buffer | null {
  if (text === undefined) return null
  const bytes = Buffer.from(text, 'base64url')
  return bytes.toString('base64url') === text ? bytes : null
}
