// Says in plain words why a call got no answer. PURE. Read by http-client for everything that Node's sockets, the name
// service and undici throw.
import { isErrorKind, NetworkError, RequestTimeoutError, SyncConfigError } from '../errors.ts'
import { redactUrl } from './redact.ts'

interface FailedCall {
  method: string
  url: URL
}

/** The error to throw instead. What is no network fault (our own classes, a mistake in our code) comes back as it is. */
export function toNetworkError(error: unknown, call: FailedCall): unknown {
  if (isErrorKind(error, 'OutboundSyncError')) return error
  const code = codeOf(error)
  if (code === null) return error

  const said = `${call.method} ${redactUrl(call.url.href)} got no answer: `
  if (timeoutCodes.has(code)) return new RequestTimeoutError(said + sentenceFor(code, call.url), { cause: error })
  if (code === 'UND_ERR_INVALID_ARG') {
    const detail = error instanceof Error ? error.message : code
    return new SyncConfigError(
      `${call.method} ${redactUrl(call.url.href)} cannot be sent (${detail}). Check the address and the headers in the settings.`,
      { cause: error },
    )
  }
  // The parser's error quotes what was received, so it goes no further.
  return new NetworkError(said + sentenceFor(code, call.url), code === notHttp ? undefined : { cause: error })
}

/** The total time is over. */
export function totalTimeoutError(
  { method, url }: FailedCall,
  { timeoutMs }: { timeoutMs: number },
): RequestTimeoutError {
  return new RequestTimeoutError(
    `${method} ${redactUrl(url.href)} was not answered completely within ${timeoutMs / 1000} seconds. Whether the call took effect is unknown.`,
  )
}

// undici's parser leaves most of its errors without a code.
const notHttp = 'HPE'

const timeoutCodes = new Set([
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
])

function sentenceFor(code: string, url: URL): string {
  const sentence = sentences[code] ?? tlsSentence(code)
  return sentence?.(url, code) ?? `the connection to ${url.host} failed (${code}).`
}

const connectionBroke = ({ host }: URL, code: string) =>
  `${host} closed the connection before the answer was complete (${code}). Whether the call took effect is unknown.`
const noRoute = ({ host }: URL, code: string) => `there is no way through the network to ${host} (${code}).`
const noConnection = ({ host }: URL, code: string) =>
  `${host} did not accept a connection in time (${code}). Check the address and port, and firewalls in between.`
const noResources = (_url: URL, code: string) =>
  `this machine has no free network connection or file handle left (${code}). Raise its limits or run less at once.`
const clientClosed = () => 'outbound-sync is stopping and makes no further calls.'

const sentences: Partial<Record<string, (url: URL, code: string) => string>> = {
  ECONNREFUSED: ({ host }, code) =>
    `${host} refused the connection (${code}). Check the address and port, and that the service runs.`,
  ECONNRESET: connectionBroke,
  EPIPE: connectionBroke,
  UND_ERR_SOCKET: connectionBroke,
  ENOTFOUND: ({ hostname }, code) => `the name service knows no address for ${hostname} (${code}). Check the spelling.`,
  EAI_AGAIN: ({ hostname }, code) => `the name service did not answer when asked for ${hostname} (${code}).`,
  EAI_FAIL: ({ hostname }, code) => `the name service failed when asked for ${hostname} (${code}).`,
  EHOSTUNREACH: noRoute,
  EHOSTDOWN: noRoute,
  ENETUNREACH: noRoute,
  ENETDOWN: noRoute,
  ETIMEDOUT: noConnection,
  UND_ERR_CONNECT_TIMEOUT: noConnection,
  UND_ERR_HEADERS_TIMEOUT: ({ host }, code) =>
    `${host} took the request but did not begin to answer in time (${code}). Whether the call took effect is unknown.`,
  UND_ERR_BODY_TIMEOUT: ({ host }, code) => `${host} stopped in the middle of its answer (${code}).`,
  UND_ERR_HEADERS_OVERFLOW: ({ host }, code) => `the headers of the answer of ${host} are too large (${code}).`,
  UND_ERR_CLOSED: clientClosed,
  UND_ERR_DESTROYED: clientClosed,
  EADDRNOTAVAIL: noResources,
  EMFILE: noResources,
  ENFILE: noResources,
  [notHttp]: ({ host }) =>
    `${host} answered with something that is no HTTP. Check the port, and whether the address begins with http or https.`,
  CERT_HAS_EXPIRED: ({ host }, code) => `the certificate of ${host} has expired (${code}). It has to be renewed there.`,
  CERT_NOT_YET_VALID: ({ host }, code) => `the certificate of ${host} is not valid yet (${code}). Check the clocks.`,
  ERR_TLS_CERT_ALTNAME_INVALID: ({ host }, code) =>
    `the certificate of ${host} was issued for another name (${code}). Check the address.`,
}

const untrustedCodes = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
])

function tlsSentence(code: string): ((url: URL, code: string) => string) | undefined {
  if (untrustedCodes.has(code)) {
    return ({ host }) =>
      `the certificate of ${host} is not signed by an authority this machine trusts (${code}). Install a full chain there, or make its authority known to this server.`
  }
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_')) {
    return ({ host }) => `no encrypted connection to ${host} could be agreed on (${code}). Check the port and https.`
  }
  return undefined
}

// Node puts a code on all its errors of sockets and names, also on the collection that several tried addresses end in.
// It puts one on its TypeErrors too, but those are mistakes in code.
function codeOf(error: unknown): string | null {
  if (!(error instanceof Error) || error instanceof TypeError || error instanceof RangeError) return null
  if (error.name === 'HTTPParserError') return notHttp
  const code: unknown = Reflect.get(error, 'code')
  return typeof code === 'string' && code !== '' ? code : null
}
