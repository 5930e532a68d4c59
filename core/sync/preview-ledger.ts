// The ledger as a preview sees it: what the database has, changed by what the preview would have sent before, so that the
// second record that feeds one object updates what the first creates. Nothing is written, and no lease is taken; an
// object still belongs to one subject at a time.
import type { Database } from '../database/transaction.ts'
import { type ExternalIdentity, identityKey } from './identity.ts'
import { countOtherLinks, type KnownExternalObject, type LedgerLink, loadExternalObjects } from './ledger.ts'
import { createLookup } from './preview-lookup.ts'
import type { SubjectContext } from './subject-context.ts'
import type { SentObject } from './write-ledger.ts'

type LedgerOfSubject = Pick<
  SubjectContext,
  'leases' | 'countOtherLinks' | 'onSent' | 'onSubmitted' | 'onRetired' | 'onReleased'
>

export interface PreviewLedger {
  /** @param onKnown told what is known of each object that the subject wants to write */
  of(subject: {
    onKnown(identity: ExternalIdentity, known: KnownExternalObject | null): void
    onSent(object: SentObject): void
  }): LedgerOfSubject
}

export function createPreviewLedger(database: Database): PreviewLedger {
  const { schema } = database
  const changed = new Map<string, KnownExternalObject>()
  const retiredLinks = new Map<string, Set<string>>()
  const holders = new Map<string, symbol>()
  const lines = new Map<string, (() => void)[]>()
  const readKnown = createLookup(async (identities: readonly ExternalIdentity[]) => {
    const known = await loadExternalObjects(database, schema, identities)
    return identities.map((identity) => known.get(identityKey(identity)) ?? null)
  })
  const readCount = createLookup((links: readonly LedgerLink[]) => countOtherLinks(database, schema, links))

  const isFree = (key: string): Promise<void> =>
    new Promise((resolve) => {
      const line = lines.get(key) ?? []
      lines.set(key, line)
      line.push(resolve)
    })

  const release = (key: string, holder: symbol): void => {
    if (holders.get(key) !== holder) return
    holders.delete(key)
    const waiting = lines.get(key) ?? []
    lines.delete(key)
    for (const goOn of waiting) goOn()
  }

  const write = (object: SentObject): void => {
    const key = identityKey(object)
    const { replaces } = object
    const former = replaces && identityKey({ ...object, idValue: replaces.formerIdValue })
    const before = changed.get(key)
    changed.set(key, afterSending(object, before))
    if (former === null || replaces?.becomes === 'shared') return
    const known = changed.get(former)
    if (known) changed.set(former, { ...known, state: replaces?.becomes === 'renamed' ? 'deleted' : 'orphaned' })
  }

  return Object.freeze({
    of({ onKnown, onSent }) {
      const holder = Symbol('subject')
      const held = new Set<string>()
      const giveBack = (key: string): void => {
        held.delete(key)
        release(key, holder)
      }
      return {
        leases: {
          async acquire(identity) {
            const key = identityKey(identity)
            const stored = changed.get(key) ?? (await readKnown(identity)) ?? null
            // Who has one already is let at the next at once, or two could wait for each other.
            while (held.size === 0 && holders.has(key)) await isFree(key)
            if (!holders.has(key)) holders.set(key, holder)
            held.add(key)
            const known = changed.get(key) ?? stored
            if (known) changed.set(key, known)
            onKnown(identity, known)
            return { kind: 'leased', key, known }
          },
          released: () => undefined,
          heldKeys: () => [...held],
        },
        async countOtherLinks(link) {
          const count = (await readCount(link)) ?? 0
          const retired = retiredLinks.get(link.object.id)
          return count - (retired ? retired.size - Number(retired.has(link.id)) : 0)
        },
        onSent(object, key) {
          write(object)
          onSent(object)
          giveBack(key)
        },
        onSubmitted: ({ leaseKeys }) => leaseKeys.forEach(giveBack),
        onRetired({ linkId, objectId, isObjectDeleted }, key) {
          const retired = retiredLinks.get(objectId) ?? new Set()
          retiredLinks.set(objectId, retired.add(linkId))
          const known = changed.get(key)
          if (known && isObjectDeleted) changed.set(key, { ...known, state: 'deleted' })
          giveBack(key)
        },
        onReleased: giveBack,
      } satisfies LedgerOfSubject
    },
  } satisfies PreviewLedger)
}

// As the ledger is written: what was known before stays where nothing new is said.
function afterSending(object: SentObject, before: KnownExternalObject | undefined): KnownExternalObject {
  return {
    id: before?.id ?? '',
    // Of an object that is not made yet it is no text, but what stands for it.
    remoteId: typeof object.remoteId === 'string' ? object.remoteId : (before?.remoteId ?? null),
    idValue: object.idValue,
    customs: before?.customs ?? null,
    sentValues: { ...before?.sentValues, ...object.sentValues },
    state: 'present',
    href: before?.href ?? null,
    displayName: before?.displayName ?? null,
  }
}
