// The states of a provider definition in words, and what each move means for those who use it. Pure.
import type { DefinitionMove } from '../../connections/write-definition.ts'
import type { DefinitionState } from '../../registry/definitions.ts'
import type { Tone } from '../outcome-words.ts'

export const definitionStateWords: Readonly<Record<DefinitionState, { tone: Tone; label: string; sentence: string }>> =
  {
    draft: { tone: 'wait', label: 'Draft', sentence: 'Nobody can connect to it yet. It can still be changed.' },
    active: {
      tone: 'good',
      label: 'Published',
      sentence: 'Accounts can be connected to it. It does not change any more.',
    },
    deprecated: {
      tone: 'calm',
      label: 'Deprecated',
      sentence: 'What is connected to it goes on as before. New connections get another version.',
    },
    retired: { tone: 'bad', label: 'Retired', sentence: 'Nothing is sent through it any more.' },
  }

export type DefinitionAction = DefinitionMove | 'publish' | 'delete'

interface ActionWords {
  /** On the button that leads to the question. */
  label: string
  question: string
  consequences: readonly string[]
  done: string
  isDangerous: boolean
}

export function definitionActionWords(
  action: DefinitionAction,
  { displayName, version, connectionCount }: { displayName: string; version: string; connectionCount: number },
): ActionWords {
  const name = `${displayName} ${version}`
  const users = connectionCount === 1 ? 'One connection uses it' : `${connectionCount} connections use it`
  switch (action) {
    case 'publish':
      return {
        label: 'Publish',
        question: `Publish ${name}?`,
        consequences: [
          'From then on accounts can be connected to it, by everybody who may make connections.',
          'It does not change any more. A correction is a new version, to which connections are moved.',
        ],
        done: `${name} is published.`,
        isDangerous: false,
      }
    case 'deprecate':
      return {
        label: 'Deprecate',
        question: `Deprecate ${name}?`,
        consequences: [
          connectionCount === 0
            ? 'No connection uses it.'
            : `${users} and ${connectionCount === 1 ? 'goes' : 'go'} on as before.`,
          'New connections get the newest version that is not deprecated.',
          'It can be taken back at any time.',
        ],
        done: `${name} is deprecated.`,
        isDangerous: false,
      }
    case 'reactivate':
      return {
        label: 'Take back the deprecation',
        question: `Offer ${name} to new connections again?`,
        consequences: [
          'New connections get it when it is the newest version.',
          'What is connected to it goes on as before.',
        ],
        done: `${name} is offered again.`,
        isDangerous: false,
      }
    case 'retire':
      return {
        label: 'Retire',
        question: `Retire ${name} for good?`,
        consequences: [
          connectionCount === 0
            ? 'No connection uses it, so nothing stops.'
            : `${users}. Within seconds nothing is sent there any more: what is due needs attention, and says that the version was retired.`,
          ...(connectionCount === 0
            ? []
            : ['Nothing is lost: move the connections to another version, then try again what needs attention.']),
          'It cannot be taken back. The definition can still be read, exported and made a new version of.',
        ],
        done: `${name} is retired.`,
        isDangerous: true,
      }
    case 'delete':
      return {
        label: 'Delete the draft',
        question: `Delete the draft of ${name}?`,
        consequences: ['Nothing uses it. It cannot be brought back, unless you export it before.'],
        done: `The draft of ${name} is deleted.`,
        isDangerous: true,
      }
  }
}

/** What a new version is called unless somebody says otherwise. */
export function nextVersion(versions: readonly string[]): string {
  const numbers = versions.map((version) => version.split('.').map(Number))
  const [newest = [1, -1, 0]] = numbers.sort((left, right) => compare(right, left))
  return `${newest[0] ?? 1}.${(newest[1] ?? 0) + 1}.0`
}

function compare(left: readonly number[], right: readonly number[]): number {
  const place = [0, 1, 2].find((index) => left[index] !== right[index]) ?? 0
  return (left[place] ?? 0) - (right[place] ?? 0)
}
