// The socket of the pool's connections: statements of one tick leave in one write, which costs more than what it carries.
import { Socket } from 'node:net'

/** node-postgres corks its socket while it writes the messages of one statement; this one is released a little later. */
export class GatheringSocket extends Socket {
  override uncork(): void {
    process.nextTick(() => super.uncork())
  }
}
