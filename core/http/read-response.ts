// Turns the bytes of an answer into the HttpResponse that a provider sees. Last step of http-client.
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib'
import { PermanentError, RetryableError } from '../errors.ts'
import type { HttpResponse } from '../sdk/http-client.ts'
import { quoteBody } from './quote-body.ts'
import { redactUrl } from './redact.ts'

export const excerptLength = 500

export interface RawResponse {
  status: number
  headers: Readonly<Record<string, string | string[] | undefined>>
  body: Buffer
  /** More came than is read. */
  isCut: boolean
}

/**
 * Throws a PermanentError when the answer is larger than `maxBytes`, packed or unpacked, unless `isTextOptional`: of an
 * error page the status counts, so its text is cut.
 */
export function readResponse(
  raw: RawResponse,
  call: { method: string; url: string; maxBytes: number; isTextOptional: boolean },
): HttpResponse {
  const headers = flattenHeaders(raw.headers)
  const unpacked = unpack(raw, { encoding: headers['content-encoding'], maxBytes: call.maxBytes })
  if (unpacked.problem !== null && !call.isTextOptional) throw unreadable(unpacked.problem, call)
  const text = decode(unpacked.body, headers['content-type'])
  return {
    status: raw.status,
    headers,
    text,
    json: () => parseJson(text, call),
    excerpt: () => quoteBody({ text, headers }, { secrets: [], limit: excerptLength }),
  }
}

// Without a prototype, so that a header called __proto__ is only a header.
function flattenHeaders(headers: RawResponse['headers']): Record<string, string> {
  const flat: Record<string, string> = Object.create(null)
  for (const name in headers) {
    const value = headers[name]
    if (value !== undefined) flat[name] = typeof value === 'string' ? value : value.join(', ')
  }
  return flat
}

type BodyProblem = 'too_large' | 'broken_encoding' | 'unknown_encoding'

const unpackers = { gzip: gunzipSync, 'x-gzip': gunzipSync, deflate: inflateSync, br: brotliDecompressSync } as const

// We ask for no compression, but some servers compress whatever they are asked.
function unpack(
  { body, isCut }: RawResponse,
  { encoding, maxBytes }: { encoding: string | undefined; maxBytes: number },
): { body: Buffer; problem: BodyProblem | null } {
  const name = encoding?.trim().toLowerCase() ?? ''
  if (name === '' || name === 'identity') return { body, problem: isCut ? 'too_large' : null }
  const nothing = Buffer.alloc(0)
  if (body.length === 0) return { body: nothing, problem: null }
  if (isCut) return { body: nothing, problem: 'too_large' }
  if (!isKnownEncoding(name)) return { body: nothing, problem: 'unknown_encoding' }
  try {
    return { body: unpackers[name](body, { maxOutputLength: maxBytes }), problem: null }
  } catch (error) {
    const isTooLarge = error instanceof RangeError && Reflect.get(error, 'code') === 'ERR_BUFFER_TOO_LARGE'
    return { body: nothing, problem: isTooLarge ? 'too_large' : 'broken_encoding' }
  }
}

function isKnownEncoding(name: string): name is keyof typeof unpackers {
  return Object.hasOwn(unpackers, name)
}

function unreadable(
  problem: BodyProblem,
  { method, url, maxBytes }: { method: string; url: string; maxBytes: number },
) {
  const call = `${method} ${redactUrl(url)}`
  switch (problem) {
    case 'too_large':
      return new PermanentError(
        `${call} was answered with more than ${maxBytes} bytes, which are not read. The call may have taken effect. Ask for less at once, for example for a smaller page.`,
      )
    case 'unknown_encoding':
      return new PermanentError(
        `${call} was answered in a compression that was not asked for and is not known. Switch it off at the remote.`,
      )
    case 'broken_encoding':
      return new RetryableError(`${call} was answered with compressed data that is damaged. It is tried again later.`)
  }
}

function decode(body: Buffer, contentType: string | undefined): string {
  const charset = contentType?.match(/charset="?([^\s;"]+)/i)?.[1]?.toLowerCase() ?? 'utf-8'
  const text = charset === 'utf-8' || charset === 'utf8' ? body.toString('utf8') : decodeCharset(body, charset)
  return text.startsWith('\uFEFF') ? text.slice(1) : text
}

function decodeCharset(body: Buffer, charset: string): string {
  try {
    return new TextDecoder(charset).decode(body)
  } catch {
    // A charset that nobody has heard of is most often a typing mistake for UTF-8.
    return body.toString('utf8')
  }
}

function parseJson(text: string, { method, url }: { method: string; url: string }): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    // The parser's own message quotes the text, which may hold anything.
    const what = text === '' ? 'nothing' : 'something'
    throw new RetryableError(
      `${method} ${redactUrl(url)} was answered with ${what} that is no JSON. If it stays so, check that the address is that of the API and not of a page.`,
      { code: 'invalid_json', cause: error instanceof SyntaxError ? undefined : error },
    )
  }
}
