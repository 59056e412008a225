import { expect, test } from 'vitest'
import { GuardedEmitter } from './guarded-emitter.ts'

interface Events {
  rang: [times: number]
}

const report = (error: unknown): void => {
  throw error
}

test('a listener that is taken off hears nothing more, however and however often it was put on', () => {
  const emitter = new GuardedEmitter<Events>()
  const heard: string[] = []
  const one = (times: number): unknown => heard.push(`one ${times}`)
  const other = (times: number): unknown => heard.push(`other ${times}`)
  emitter.on('rang', one)
  emitter.once('rang', one)
  emitter.on('rang', other)
  emitter.emit(report, 'rang', 1)
  expect(heard.splice(0)).toEqual(['one 1', 'one 1', 'other 1'])
  emitter.once('rang', one)
  emitter.off('rang', one)
  emitter.emit(report, 'rang', 2)
  expect(heard).toEqual(['other 2'])
})
