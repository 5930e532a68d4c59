// The body of a request as text, whoever has read it: from the stream while nobody has, else what the host kept of it. A
// stream that was read already ends no more, so nobody waits for it.
import type { IncomingMessage } from 'node:http'

/** Null when there are more bytes than that; rejects when the caller breaks off. */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<string | null> {
  if (!request.readableDidRead) return readStream(request, maxBytes)
  const kept = keptBody(request)
  return Buffer.byteLength(kept) > maxBytes ? null : kept
}

function readStream(request: IncomingMessage, maxBytes: number): Promise<string | null> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let byteCount = 0
    const settle = (): void => {
      request.off('data', onData).off('end', onEnd).off('error', reject).off('close', onClose)
    }
    const onData = (chunk: Buffer): void => {
      byteCount += chunk.length
      if (byteCount <= maxBytes) return void chunks.push(chunk)
      settle()
      // The rest goes by unread, so that the caller gets to the answer.
      request.on('error', () => undefined).resume()
      resolve(null)
    }
    const onEnd = (): void => {
      settle()
      resolve(Buffer.concat(chunks).toString('utf8'))
    }
    const onClose = (): void => reject(new Error('The caller broke off'))
    request.on('data', onData).on('end', onEnd).on('error', reject).on('close', onClose)
  })
}

// Where hosts keep what they have read: the raw text or bytes, or what their parser made of it.
function keptBody(request: IncomingMessage): string {
  const text = keptText(request)
  if (text !== null) return text
  const parsed: unknown = Reflect.get(request, 'body')
  if (parsed === undefined || parsed === null) return ''
  return isForm(request) ? formText(Object(parsed)) : JSON.stringify(parsed)
}

/**
 * What a host's parser has left as it was sent: those that keep what they read do so in `rawBody`, those that only read put
 * it into `body`. Null when there are parsed fields at most.
 */
export function keptText(request: IncomingMessage): string | null {
  const kept = ['rawBody', 'body'].map((name): unknown => Reflect.get(request, name))
  const text = kept.find((value) => typeof value === 'string' || value instanceof Uint8Array)
  return text instanceof Uint8Array ? Buffer.from(text).toString('utf8') : typeof text === 'string' ? text : null
}

function isForm({ headers }: IncomingMessage): boolean {
  return headers['content-type']?.toLowerCase().startsWith('application/x-www-form-urlencoded') ?? false
}

function formText(fields: object): string {
  const form = new URLSearchParams()
  for (const [name, value] of Object.entries(fields)) {
    for (const one of Array.isArray(value) ? value : [value]) form.append(name, String(one))
  }
  return form.toString()
}
