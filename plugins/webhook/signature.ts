// Signs a message as Standard Webhooks 1.0 says: HMAC-SHA256 over `id.timestamp.body`. PURE.
import { createHmac } from 'node:crypto'

const prefix = 'whsec_'
const minKeyBytes = 24
const maxKeyBytes = 64

/** The key of a secret `whsec_` + base64 of 24 to 64 bytes; null for anything else. */
export function parseSigningSecret(secret: string): Buffer | null {
  const encoded = secret.startsWith(prefix) ? secret.slice(prefix.length) : ''
  // Buffer.from skips what is no base64, so the text is checked first.
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(encoded)) return null
  const key = Buffer.from(encoded, 'base64')
  return key.length >= minKeyBytes && key.length <= maxKeyBytes ? key : null
}

/** With a signature for each key: during a rotation a receiver may know the old or the new one. */
export function signMessage(
  keys: readonly Buffer[],
  message: { id: string; timestampSeconds: number; body: string },
): { 'webhook-id': string; 'webhook-timestamp': string; 'webhook-signature': string } {
  const timestamp = String(message.timestampSeconds)
  const signed = `${message.id}.${timestamp}.${message.body}`
  const signatures = keys.map((key) => `v1,${createHmac('sha256', key).update(signed).digest('base64')}`)
  return { 'webhook-id': message.id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') }
}
