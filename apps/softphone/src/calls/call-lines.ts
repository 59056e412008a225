import type { Call } from '@netsip/phone'

/** A call, and the number that it is named by as long as it lasts. */
export interface CallLine {
  readonly number: number
  readonly call: Call
}

/** The calls that can be steered; one of them is the one that what is typed is about. */
export class CallLines {
  /** The one that is steered stands last, before it the one that was steered before. */
  readonly #lines: CallLine[] = []
  #given = 0

  /** The call is steered from now on, until it ends or another one is chosen. */
  add(call: Call): void {
    const line = { number: ++this.#given, call }
    this.#lines.push(line)
    call.on('ended', () => void this.#lines.splice(this.#lines.indexOf(line), 1))
  }

  get current(): CallLine | undefined {
    return this.#lines.at(-1)
  }

  /** All others, the one that was steered last before the rest. */
  get others(): readonly CallLine[] {
    return this.#lines.slice(0, -1).toReversed()
  }

  /** By number. */
  get all(): readonly CallLine[] {
    return this.#lines.toSorted((a, b) => a.number - b.number)
  }

  /** The line that somebody names; undefined when there is none. */
  find(number: string): CallLine | undefined {
    return this.#lines.find((line) => String(line.number) === number)
  }

  /** What is typed is about this one from now on. */
  choose(line: CallLine): void {
    this.#lines.push(...this.#lines.splice(this.#lines.indexOf(line), 1))
  }
}

const stateText: Readonly<Record<Call['state'], string>> = {
  calling: 'calling',
  ringing: 'ringing',
  early: 'ringing',
  answered: 'in call',
  ended: 'over',
}

/** For example `1 sip:bob@example.com, on hold`. */
export function lineText({ number, call }: CallLine): string {
  const hold = `${call.held ? ', on hold' : ''}${call.heldByPeer ? ', they put us on hold' : ''}`
  return `${number} ${nameOf(call)}${hold || `, ${stateText[call.state]}`}`
}

/** The other side of a call. */
export function nameOf(call: Call): string {
  return call.remote.uri.toString()
}
