// E-mail addresses in the form that every system understands: the host in ASCII (IDNA), however the person wrote it.
import { domainToASCII } from 'node:url'

/** `jürgen@bücher.example` is `jürgen@xn--bcher-kva.example`. A host that is no domain name stays as it is. */
export function normalizeEmail(email: string | null): string | null {
  if (!email) return null
  const { local, host } = splitEmail(email)
  return host === null ? email : `${local}@${domainToASCII(host) || host}`
}

export function emailDomain(email: string | null): string | null {
  return splitEmail(normalizeEmail(email) ?? '').host
}

function splitEmail(email: string): { local: string; host: string | null } {
  const at = email.lastIndexOf('@')
  return at === -1 ? { local: email, host: null } : { local: email.slice(0, at), host: email.slice(at + 1) }
}
