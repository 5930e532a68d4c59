// The headers that nobody sets by hand: these frame the message on the wire or choose the host, so a setting that could
// change them could smuggle a request. The HTTP client refuses them, and forms say so before.
const ownHeaders: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** @param name in any case */
export function isOwnHeader(name: string): boolean {
  return ownHeaders.has(name.toLowerCase())
}
