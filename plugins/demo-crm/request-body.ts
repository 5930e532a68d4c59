// Reads the JSON body of a request and refuses, with the fitting status, whatever is none.
import type { IncomingMessage } from 'node:http'
import { Problem } from './problem.ts'

const maxBodyBytes = 1024 * 1024
const maxDepth = 32

export async function readJsonBody(request: IncomingMessage): Promise<unknown> {
  const contentType = request.headers['content-type'] ?? ''
  if (!/^application\/(json|[\w.-]+\+json)\s*(;|$)/i.test(contentType)) {
    throw new Problem(415, 'unsupported_media_type', 'The body must be application/json.')
  }
  const text = decode(await readBytes(request))
  const body = parse(text)
  requireHarmless(body)
  return body
}

async function readBytes(request: IncomingMessage): Promise<Buffer> {
  const tooLarge = new Problem(413, 'body_too_large', `The body is larger than ${maxBodyBytes} bytes.`)
  if (Number(request.headers['content-length'] ?? 0) > maxBodyBytes) throw tooLarge
  const chunks: Buffer[] = []
  let byteCount = 0
  // What is refused here may still have to be read, see drain().
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    byteCount += chunk.length
    if (byteCount > maxBodyBytes) throw tooLarge
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/**
 * Reads on for a while what a refused client is still sending. Closing at once would reset the connection, and the client
 * would see the reset in place of the answer.
 */
export async function drain(request: IncomingMessage): Promise<void> {
  let byteCount = 0
  const signal = AbortSignal.timeout(2_000)
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve())
    request.on('data', (chunk: Buffer) => {
      byteCount += chunk.length
      if (byteCount > 16 * maxBodyBytes) resolve()
    })
    request.once('close', resolve)
    request.once('end', resolve)
  })
  request.pause()
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new Problem(400, 'not_utf8', 'The body is not UTF-8 text.')
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Problem(400, 'not_json', `The body is no JSON: ${error instanceof Error ? error.message : String(error)}`)
  }
}

// Without recursion: a body of a million brackets must not end in a stack overflow here or further in.
function requireHarmless(body: unknown): void {
  let level: unknown[] = [body]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > maxDepth) throw new Problem(422, 'invalid_body', `The body is nested deeper than ${maxDepth} levels.`)
    const objects = level.filter((item) => typeof item === 'object' && item !== null)
    if (objects.some((item) => Object.hasOwn(item, '__proto__'))) {
      throw new Problem(422, 'invalid_body', 'The body holds a property named "__proto__".')
    }
    level = objects.flatMap((item): unknown[] => Object.values(item))
  }
}
