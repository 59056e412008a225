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

test('a listener that throws or rejects is reported, and the next is called', async () => {
  const emitter = new GuardedEmitter<Events>()
  const heard: unknown[] = []
  emitter.on('rang', () => {
    throw new Error('thrown')
  })
  emitter.on('rang', () => Promise.reject(new Error('rejected')))
  emitter.on('rang', () => heard.push('rang'))
  emitter.emit((error) => heard.push(String(error)), 'rang', 1)
  await Promise.resolve()
  expect(heard).toEqual(['Error: thrown', 'rang', 'Error: rejected'])
})

test('what is put on or taken off by a listener counts from the next event', () => {
  const emitter = new GuardedEmitter<Events>()
  const heard: string[] = []
  const late = (times: number): unknown => heard.push(`late ${times}`)
  emitter.once('rang', (times) => {
    heard.push(`first ${times}`)
    emitter.on('rang', late)
    if (times === 1) emitter.emit(report, 'rang', 2)
  })
  emitter.emit(report, 'rang', 1)
  emitter.emit(report, 'rang', 3)
  expect(heard).toEqual(['first 1', 'late 2', 'late 3'])
})

const listener = (): undefined => undefined

test('says what is listened to', () => {
  const emitter = new GuardedEmitter<Events>()
  expect(emitter.hears('rang')).toBe(false)
  emitter.on('rang', listener)
  expect(emitter.hears('rang')).toBe(true)
  emitter.off('rang', listener)
  expect(emitter.hears('rang')).toBe(false)
})
