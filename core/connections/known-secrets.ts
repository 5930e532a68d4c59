// What of one connection must not turn up anywhere: its credentials, and every token that is obtained while it is used.

export interface KnownSecrets {
  /** The same frozen list until another one is added; redaction remembers it. */
  all(): readonly string[]
  add(secret: string): void
}

export function createKnownSecrets(first: readonly string[]): KnownSecrets {
  let list: readonly string[] = Object.freeze([...first])
  return Object.freeze({
    all: () => list,
    add(secret: string) {
      if (!list.includes(secret)) list = Object.freeze([...list, secret])
    },
  })
}
