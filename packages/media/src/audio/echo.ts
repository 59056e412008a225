import type { AudioSink, AudioSource } from './source.ts'

const longestQueue = 50

/**
 * Sends back what it hears. Set it as the source of a session and add it as a sink of the same session. It answers each
 * frame at once, without a jitter buffer, so that as many packets go back as came in. One echo serves one session.
 */
export function echo(): AudioSource & AudioSink {
  let push: ((frame: Int16Array) => void) | undefined
  let queue: Int16Array[] = []
  return {
    direct: true,
    write(frame) {
      if (push) push(frame)
      else if (queue.push(frame) > longestQueue) queue.shift()
    },
    attach(to) {
      push = to
      queue = []
      return () => {
        push = undefined
      }
    },
    read(frame) {
      frame.fill(0)
      const heard = queue.shift()
      if (heard) frame.set(heard.subarray(0, frame.length))
      return true
    },
  }
}
