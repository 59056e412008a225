import { describe, expect, test } from 'vitest'
import { invokeCallback } from './invoke-callback.ts'

describe('invokeCallback', () => {
  test('S131 S132 a function is called, and its result returned', () => {
    expect(invokeCallback((a: unknown, b: unknown) => [a, b], 1, 'x')).toEqual([1, 'x'])
  })

  test('S131 an array calls its function with the bound arguments first', () => {
    expect(invokeCallback([(...args: unknown[]) => args, 'bound', 2], 3)).toEqual(['bound', 2, 3])
  })

  test('S131 an object has its run called on it', () => {
    const object = {
      factor: 2,
      run(value: number): number {
        return this.factor * value
      },
    }
    expect(invokeCallback<[number]>(object, 21)).toBe(42)
  })

  test('S131 a RegExp says whether an argument matches, every time anew', () => {
    const pattern = /^2\d\d$/g
    expect(invokeCallback(pattern, {}, 200)).toBe(true)
    expect(invokeCallback(pattern, {}, 200)).toBe(true)
    expect(invokeCallback(pattern, undefined, '404')).toBe(false)
  })

  test('S131 a box gets the first argument, or true', () => {
    const box: { value: unknown } = { value: undefined }
    invokeCallback(box, 'first', 'second')
    expect(box.value).toBe('first')
    invokeCallback(box)
    expect(box.value).toBe(true)
  })

  test('S002 nothing does nothing, anything else is refused', () => {
    expect(invokeCallback(undefined)).toBeUndefined()
    expect(invokeCallback(null)).toBeUndefined()
    for (const bad of [42, 'text', {}, [1]]) {
      expect(() => invokeCallback(bad as never)).toThrow(TypeError)
    }
  })
})
