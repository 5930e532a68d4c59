// `keys rotate` and `keys list`: what they did and what may be done now, in words.
import type { OutboundSync } from '../instance.ts'
import type { Program } from './open-program.ts'

type Rotation = Awaited<ReturnType<OutboundSync['keys']['rotate']>>
type KeyList = Awaited<ReturnType<OutboundSync['keys']['list']>>

/** The exit code: 1 when values are left that cannot be opened. */
export async function rotateKeys(program: Program, { isKeyLost }: { isKeyLost: boolean }): Promise<number> {
  try {
    const rotation = await program.sync.keys.rotate({
      actor: 'command line',
      isKeyLost,
      onProgress: ({ resealedCount, totalCount }) =>
        process.stdout.write(`Sealed anew: ${resealedCount} of ${totalCount}\n`),
    })
    process.stdout.write(`${rotationLines(rotation).join('\n')}\n`)
    return rotation.unreadable.length > 0 ? 1 : 0
  } finally {
    await program.close()
  }
}

export async function listKeys(program: Program): Promise<void> {
  try {
    process.stdout.write(`${listLines(await program.sync.keys.list()).join('\n')}\n`)
  } finally {
    await program.close()
  }
}

function rotationLines(rotation: Rotation): string[] {
  const { keyId, left, unreadable, masterKeyId } = rotation
  const leftCount = left.reduce((sum, { count }) => sum + count, 0)
  const lines = [
    rotation.isContinued
      ? `An earlier rotation had been cut off; this one has finished it. Everything is sealed with the data key ${keyId}.`
      : `The new data key is ${keyId}.`,
    `${rotation.resealedCount} values were sealed anew. Counted afterwards: ${leftCount} are sealed with another key.`,
    ...unreadable.map((sentence) => `  ${sentence}`),
  ]
  if (rotation.deletedKeys.length > 0)
    lines.push(`Deleted, because nothing needs them: ${names(rotation.deletedKeys)}.`)
  if (rotation.spareKeys.length > 0) {
    lines.push(
      `Nothing stored needs ${names(rotation.spareKeys)} any more. The next rotation deletes what has been retired for ten minutes: until then a process may still open what it has just read.`,
    )
  }
  lines.push(`The data keys are wrapped with the master key ${masterKeyId}.`)
  if (rotation.needlessMasterKeys.length > 0) {
    lines.push(
      `Nothing in the database needs the master key ${names(rotation.needlessMasterKeys)} any more: take it out of the configuration of every process and restart. Keep it as long as you keep backups from before today.`,
    )
  }
  return lines
}

function listLines({ dataKeys, earlier, masterKeys, isUnfinished }: KeyList): string[] {
  const lines = dataKeys.map(
    ({ id, state, createdAt, masterKeyId, count }) =>
      `data key ${id}  ${state.padEnd(7)}  made ${createdAt.toISOString()}  wrapped with master key ${masterKeyId}  ${count} values`,
  )
  for (const { column, keyId, count } of earlier) {
    lines.push(`${count} values in ${column} are sealed with the key ${keyId}, from before there were data keys`)
  }
  if (lines.length === 0) lines.push('Nothing has been sealed yet.')
  lines.push(`configured master keys, the first one wraps: ${masterKeys.join(', ')}`)
  if (isUnfinished) lines.push('A rotation was cut off. Run `outbound-sync keys rotate` again: it goes on from there.')
  return lines
}

const names = (ids: readonly string[]): string => ids.join(', ')
