// The logger: pino with one JSON line an entry. Whatever is handed to it, no credential leaves in a line: members with a
// credential's name are blanked at any depth, passwords in URLs and Authorization values are blanked in every text.
import { type DestinationStream, type LevelWithSilent, type Logger, pino } from 'pino'
import { messageOf } from './errors.ts'
import type { Log } from './sdk/log.ts'

const blank = '[redacted]'
const maxDepth = 12

/** A logger that writes to `destination`. @default standard output, written synchronously so that a crash loses no line */
export function createLog({ level, destination }: { level: LevelWithSilent; destination?: DestinationStream }): Log {
  const log: Logger = pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: {
        level: (label) => ({ level: label }),
        log: readableData,
      },
      // pino's own would take the error made readable above for an error once more.
      serializers: { err: (shown: unknown) => shown },
      hooks: { streamWrite: withoutCredentials },
    },
    destination ?? pino.destination({ fd: 1, sync: true }),
  )
  return log
}

/** A logger that writes to `log` and puts the name of a plugin or a room on each line. */
export function withName(log: Log, name: string): Log {
  const named = (data: object) => (data instanceof Error ? { name, err: data } : { name, ...data })
  return Object.freeze({
    debug: (data, message) => log.debug(named(data), message),
    info: (data, message) => log.info(named(data), message),
    warn: (data, message) => log.warn(named(data), message),
    error: (data, message) => log.error(named(data), message),
  } satisfies Log)
}

const secretName = /password|passwd|passphrase|secret|credential|privatekey|accesskey|signingkey|sessionid/
const secretNameEnd = /(token|tokens|apikey|cookies?|authorization|signature|pwd|jwt)$/

function isSecretName(name: string): boolean {
  const plain = name.toLowerCase().replaceAll(/[^a-z0-9]/g, '')
  return secretName.test(plain) || secretNameEnd.test(plain)
}

// The line is JSON already, so a value ends at a space, a quote or a backslash. A token holds a digit; without asking for
// one, "Basic authentication" in a sentence would be blanked too.
function withoutCredentials(line: string): string {
  return line
    .replaceAll(/(:\/\/[^\s/:@"\\]*):[^\s/@"\\]+@/g, `$1:${blank}@`)
    .replaceAll(/\b(Bearer|Basic|Digest)\s+(?=[^\s"\\]*\d)[A-Za-z0-9._~+/=-]{8,}/gi, `$1 ${blank}`)
}

function readableData(data: object): Record<string, unknown> {
  try {
    return readableObject(data, [])
  } catch (error) {
    // A getter or toJSON of somebody else's object threw: the sentence of the log line must still be written.
    return { unreadable: messageOf(error) }
  }
}

// `path` holds the objects on the way down, because a circle must end and the same object in two places must not.
function readable(value: unknown, path: readonly object[]): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (typeof value !== 'object' || value === null) return value
  if (path.includes(value)) return '[circular]'
  if (path.length >= maxDepth) return '[deeper levels left out]'
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString()
  if (value instanceof Error) return readableError(value, path)
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`
  if (Array.isArray(value)) return value.map((item) => readable(item, [...path, value]))
  if (value instanceof Map) return readableObject(Object.fromEntries(value), [...path, value])
  if (value instanceof Set) return [...value].map((item) => readable(item, [...path, value]))
  if ('toJSON' in value && typeof value.toJSON === 'function') return readable(value.toJSON(), [...path, value])
  return readableObject(value, path)
}

function readableObject(value: object, path: readonly object[]): Record<string, unknown> {
  const result: Record<string, unknown> = {}
  for (const [name, member] of Object.entries(value)) {
    const isBlanked = isSecretName(name) && member !== null && member !== undefined && typeof member !== 'boolean'
    result[name] = isBlanked ? blank : readable(member, [...path, value])
  }
  return result
}

function readableError(error: Error, path: readonly object[]): Record<string, unknown> {
  const below = [...path, error]
  const { name: _name, ...ownMembers } = readableObject(error, path)
  return {
    type: error.name,
    message: error.message,
    ...ownMembers,
    ...(error instanceof AggregateError ? { errors: error.errors.map((inner) => readable(inner, below)) } : {}),
    ...(error.cause === undefined ? {} : { cause: readable(error.cause, below) }),
    stack: error.stack,
  }
}
