// E-mail addresses in the form that every system understands: the host in ASCII (IDNA), however the person wrote it.
import { domainToASCII } from 'node:url'

/** `jürgen@bücher.example` is `jürgen@xn--bcher-kva.example`. A host that is no domain name stays as it is. */
export function normalizeEmail(email: string | null | undefined): string | null {
  if (!email) return null
  const at = email.lastIndexOf('@')
  if (at === -1) return email
  return `${email.slice(0, at)}@${asciiHost(email.slice(at + 1))}`
}

export function emailDomain(email: string | null | undefined): string | null {
  const normalized = normalizeEmail(email)
  return normalized?.includes('@') ? normalized.slice(normalized.lastIndexOf('@') + 1) : null
}

function asciiHost(host: string): string {
  return domainToASCII(host) || host
}
