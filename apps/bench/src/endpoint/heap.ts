/** Bytes of live heap and of the buffers it holds; the process needs --expose-gc. */
export function liveBytes(): number {
  for (let i = 0; i < 4; i++) globalThis.gc?.()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}
